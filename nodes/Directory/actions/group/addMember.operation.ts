import { inChain } from '../../../../lib/n8n/directoryItems';
import type { DirectorySession } from '../../../../lib/n8n/directorySession';
import type { Operation } from '../../../../lib/n8n/operation.types';
import { memberFields, memberParameters, membershipJson } from './member.fields';

export const addMember: Operation<DirectorySession> = {
	name: 'addMember',
	displayName: 'Add Member',
	action: 'Add a member to a group',
	description: 'Make a user a direct member of a group. Doing it again changes nothing.',
	properties: memberFields('The group that the user joins'),

	async execute(context, session, index) {
		const membership = await memberParameters(context, session, index);
		const outcome = await session.client.addMember(membership.group, membership.person);
		const status = outcome === 'added' ? 'added' : 'alreadyMember';
		return [inChain(context, index, membershipJson(membership, status))];
	},
};
