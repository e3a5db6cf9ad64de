import { membershipDn, objectClassOf } from './names.ts';
import type { StoredObject } from './stored.types.ts';

/** How attributes are told: under their names (`attrsAsKeys=true`), or as a list of `{name, values}`. */
export type AttributeStyle = 'keys' | 'list';

/** JSON text of an object, kept until its next change. @param isGroup tells groups from roles by uuid */
export function jsonOf(
	object: StoredObject,
	style: AttributeStyle,
	isGroup: (uuid: string) => boolean,
): string {
	object.rendered[style] ??= JSON.stringify(render(object, style, isGroup));
	return object.rendered[style];
}

function render(
	object: StoredObject,
	style: AttributeStyle,
	isGroup: (uuid: string) => boolean,
): Record<string, unknown> {
	const attributes = allAttributes(object, isGroup);
	return {
		...(object.kind === 'groups' ? { numMembers: object.members.size } : {}),
		userPartitionID: object.partition,
		name: object.name,
		location: object.location,
		id: object.id,
		values: style === 'list' ? attributes.map(([name, values]) => ({ name, values })) : [],
		attributes: style === 'keys' ? Object.fromEntries(attributes) : {},
		description: object.description ?? null,
		objectClass: objectClassOf(object.kind),
		customAttributes: null,
		uuid: object.uuid,
		originUUID: null,
		urlId: object.id,
		urlLocation: object.location,
	};
}

function allAttributes(
	object: StoredObject,
	isGroup: (uuid: string) => boolean,
): Array<[string, readonly string[]]> {
	const groups = [...object.memberOf].filter(isGroup).map(membershipDn);
	const kept = [...object.attributes].filter(([name]) => name !== 'description');
	return [
		['cn', [object.name]],
		...kept,
		...present('description', object.description),
		...(groups.length > 0 ? [['oTMemberOf', groups] as [string, string[]]] : []),
		['createTimestamp', [object.createdAt]],
		['modifyTimestamp', [object.modifiedAt]],
		...(object.kind === 'users' ? ofUser(object) : []),
		['entryUUID', [object.uuid]],
		['entryDN', [object.location]],
		['schemaType', ['3']],
	];
}

function ofUser(user: StoredObject): Array<[string, string[]]> {
	const flags = ['accountDisabled', 'accountLockedOut', 'pwdReset', 'UserMustChangePasswordAtNextSignIn'];
	return [
		...flags
			.filter((flag) => !user.attributes.has(flag))
			.map((flag) => [flag, ['false']] as [string, string[]]),
		...present('oTLastLoginTimestamp', user.lastLoginAt),
		...present('passwordChangedTime', user.passwordChangedAt),
		['oTExternalID1', [user.name]],
		['oTExternalID2', [`${user.name}@${user.partition}`]],
		['oTExternalID3', [user.name]],
		['oTExternalID4', [`${user.partition}${user.name}`]],
	];
}

const present = (name: string, value: string | undefined): Array<[string, string[]]> =>
	value === undefined ? [] : [[name, [value]]];
