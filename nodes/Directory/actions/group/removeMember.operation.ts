import { inChain } from '../../../../lib/n8n/directoryItems';
import type { DirectorySession } from '../../../../lib/n8n/directorySession';
import type { Operation } from '../../../../lib/n8n/operation.types';
import { memberFields, memberParameters, membershipJson } from './member.fields';

export const removeMember: Operation<DirectorySession> = {
	name: 'removeMember',
	displayName: 'Remove Member',
	action: 'Remove a member from a group',
	description:
		'End the direct membership of a user in a group. Membership through a group inside it stays. Doing it again changes nothing.',
	properties: memberFields('The group that the user leaves'),

	async execute(context, session, index) {
		const membership = await memberParameters(context, session, index);
		const outcome = await session.client.removeMember(membership.group, membership.person);
		const status = outcome === 'removed' ? 'removed' : 'notMember';
		return [inChain(context, index, membershipJson(membership, status))];
	},
};
