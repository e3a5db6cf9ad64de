import type { IExecuteFunctions, ILoadOptionsFunctions, ITriggerFunctions } from 'n8n-workflow';

import type { LdapSettings } from '../directory/ldap/ldap.types';
import type { DirectorySettings } from '../directory/openDirectory';
import { DomainError } from '../domain.errors';
import { ldapSettingsOf } from './ldapConnection';
import { otdsSettingsOf } from './otdsConnection';

type NodeContext = IExecuteFunctions | ILoadOptionsFunctions | ITriggerFunctions;

/** The credential that *Connect Using* names, checked. @throws DomainError when it cannot be used */
export async function directorySettingsOf(context: NodeContext): Promise<DirectorySettings> {
	const chosen = connectUsingOf(context);
	switch (chosen) {
		case 'ldap':
			return ldapSettingsOf(await context.getCredentials('ldapDirectoryApi'));
		case 'openTextDirectoryServices':
			return otdsSettingsOf(await context.getCredentials('openTextDirectoryServicesApi'));
		default:
			throw new DomainError('This version does not know that way to reach a directory', {
				advice:
					'Choose one under Connect Using, or install the version of the package that the workflow was made with.',
				recovery: 'abort',
				failure: 'configuration-invalid',
			});
	}
}

/** The LDAP directory that keeps the records of people in OTDS; undefined = none was chosen. @throws DomainError as above */
export async function recordDirectoryOf(context: NodeContext): Promise<LdapSettings | undefined> {
	if (connectUsingOf(context) !== 'openTextDirectoryServices') return undefined;
	// n8n rejects a question for a credential that is optional and was not chosen.
	if (context.getNode().credentials?.recordDirectoryApi === undefined) return undefined;
	return ldapSettingsOf(await context.getCredentials('recordDirectoryApi'));
}

/** As it stands in the node: the field takes no expression, and a workflow that does not say it means LDAP. */
const connectUsingOf = (context: NodeContext): unknown =>
	context.getNode().parameters.authentication ?? 'ldap';
