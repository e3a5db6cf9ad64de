import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import type { Group, Person } from '../../../../lib/directory/directory.types';
import { lookUpGroup } from '../../../../lib/directory/groupLookup';
import { lookUpPerson } from '../../../../lib/directory/personLookup';
import { DomainError } from '../../../../lib/domain.errors';
import { groupOf, userParameter } from '../../../../lib/n8n/directoryParameters';
import type { DirectorySession } from '../../../../lib/n8n/directorySession';
import { groupLocator } from '../../directory.fields';
import { userFields } from '../user.fields';

/** A group and a user, looked up in the directory by {@link memberParameters}. */
export const memberFields = (group: string): INodeProperties[] => [
	groupLocator(group),
	...userFields('={{ $json.user.id }}'),
];

export interface Membership {
	group: Group;
	person: Person;
}

/** @throws DomainError when either is not named or not found */
export async function memberParameters(
	context: IExecuteFunctions,
	{ client }: Pick<DirectorySession, 'client'>,
	index: number,
): Promise<Membership> {
	const { reference, label } = groupOf(context.getNodeParameter('group', index, ''));
	if (reference.value.trim() === '') throw groupEmpty();
	const user = userParameter(context, index);
	const group = await lookUpGroup(client, reference, label);
	return { group, person: await lookUpPerson(client, user) };
}

export function membershipJson({ group, person }: Membership, status: string): IDataObject {
	const { id, dn, username, displayName } = person;
	return {
		group: { id: group.id, dn: group.dn, name: group.name, kind: group.kind },
		user: { id, dn, username, displayName },
		status,
	};
}

const groupEmpty = (): DomainError =>
	new DomainError('The field "group" is empty', {
		advice: 'Choose a group, or check its expression: it gave nothing for this item.',
		recovery: 'skip',
		failure: 'configuration-invalid',
	});
