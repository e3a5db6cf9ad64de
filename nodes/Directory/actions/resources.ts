import type { DirectorySession } from '../../../lib/n8n/directorySession';
import type { Resource } from '../../../lib/n8n/operation.types';
import { record } from './acknowledgment/record.operation';
import { find } from './audience/find.operation';
import { getMany } from './device/getMany.operation';
import { register } from './device/register.operation';
import { addMember } from './group/addMember.operation';
import { removeMember } from './group/removeMember.operation';
import { get } from './user/get.operation';

export const resources: Array<Resource<DirectorySession>> = [
	{ name: 'audience', displayName: 'Audience', operations: [find] },
	{ name: 'user', displayName: 'User', operations: [get] },
	{ name: 'group', displayName: 'Group', operations: [addMember, removeMember] },
	{ name: 'device', displayName: 'Device', operations: [getMany, register] },
	{ name: 'acknowledgment', displayName: 'Acknowledgment', operations: [record] },
];
