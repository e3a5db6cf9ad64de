import type { Group } from '../../directory.types';
import { equals } from '../../ldap/filter';
import type { LdapConnection } from '../../ldap/ldap.types';
import { accountSid, builtinSid, ridOf } from '../../ldap/sid';
import type { DirectMembers, MemberValue } from '../changes.types';
import { contextOf } from './activeDirectoryController';
import type { EntryDescriber } from './entryDescription';

/** Domain Admins, Schema Admins, Enterprise Admins, Group Policy Creator Owners (MS-ADTS §7.1.1.6). */
const DOMAIN_GROUPS = [512, 518, 519, 520];
/** Administrators, Account, Server, Print and Backup Operators. */
const BUILTIN_GROUPS = [544, 548, 549, 550, 551];

/**
 * The groups that every domain gives power to, by SID: their names are translated and may be changed. Those that this domain has:
 * Schema Admins and Enterprise Admins are in the first one of a forest alone.
 */
export async function powerfulGroups(
	connection: LdapConnection,
	describer: EntryDescriber,
): Promise<Group[]> {
	const context = await contextOf(connection);
	const domain = context === undefined ? undefined : await connection.read(context, ['objectSid']);
	const domainSid = domain?.buffers('objectSid')[0];
	if (context === undefined || domainSid === undefined) return [];
	const sids = [
		...DOMAIN_GROUPS.map((rid) => accountSid(domainSid, rid)),
		...BUILTIN_GROUPS.map((rid) => builtinSid(rid)),
	];
	const groups: Group[] = [];
	for (const sid of sids) {
		if (sid === undefined) continue;
		const search = {
			base: context,
			scope: 'sub' as const,
			filter: equals('objectSid', sid),
			attributes: describer.attributes,
		};
		for await (const entry of connection.search(search))
			groups.push(...[describer.groupOf(entry) ?? []].flat());
	}
	return groups;
}

/** With those whose primary group it is: the group does not name them. */
export async function withPrimaryMembers(
	connection: LdapConnection,
	describer: EntryDescriber,
	{ group, members }: DirectMembers,
): Promise<DirectMembers> {
	const entry = await connection.read(group.dn, ['objectSid']);
	const sid = entry?.buffers('objectSid')[0];
	const rid = sid && ridOf(sid);
	if (rid === undefined) return { group, members };
	const primary: MemberValue[] = [];
	const search = {
		base: describer.baseDn,
		scope: 'sub' as const,
		filter: equals('primaryGroupID', String(rid)),
		attributes: ['1.1'],
		pageSize: 1_000,
	};
	for await (const { dn } of connection.search(search)) primary.push({ value: dn, is: 'dn' });
	return { group, members: [...members, ...primary] };
}
