import type { IExecuteFunctions, ILoadOptionsFunctions, ITriggerFunctions } from 'n8n-workflow';

import type { DirectorySettings } from '../directory/openDirectory';
import { ldapSettingsOf } from './ldapConnection';

type NodeContext = IExecuteFunctions | ILoadOptionsFunctions | ITriggerFunctions;

/** The credential that *Connect Using* names, checked. @throws DomainError when it cannot be used */
export async function directorySettingsOf(context: NodeContext): Promise<DirectorySettings> {
	return ldapSettingsOf(await context.getCredentials('ldapDirectoryApi'));
}
