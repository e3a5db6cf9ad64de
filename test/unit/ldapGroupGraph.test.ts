import type { LoadedGroup } from '../../lib/directory/ldap/groupGraph';
import { expandMembers, keyOf } from '../../lib/directory/ldap/groupGraph';
import { parseAttributeType } from '../../lib/directory/ldap/subschema';

const loaded = (name: string, memberDns: string[], memberUsernames: string[] = []): LoadedGroup => ({
	group: { id: name, dn: `cn=${name}`, name, kind: 'group' },
	memberDns,
	memberUsernames,
});
const index = (...groups: LoadedGroup[]): Map<string, LoadedGroup> =>
	new Map(groups.map((group) => [keyOf(group.group.dn), group]));

describe('nested groups', () => {
	it('name the shortest way, and survive circles and members that are no DN', () => {
		const a = loaded('a', ['cn=b', 'CN=C', 'not a dn']);
		const b = loaded('b', ['cn=c', 'uid=x', 'cn=a', 'cn=b']);
		const c = loaded('c', ['uid=x', 'uid=y'], ['Zoe']);
		const { byDn, byUsername } = expandMembers([a], index(a, b, c));
		expect(byDn.get('uid=x')?.why).toBe('member of a through b');
		expect(byDn.get('uid=y')?.why).toBe('member of a through c');
		expect(byUsername.get('zoe')).toEqual({ username: 'Zoe', why: 'member of a through c' });
		expect(byDn.has('not a dn')).toBe(true);
	});

	it('are left alone when only direct members count', () => {
		expect([...expandMembers([loaded('a', ['cn=b', 'uid=x'])], new Map()).byDn.keys()]).toEqual([
			'cn=b',
			'uid=x',
		]);
	});
});

describe('attribute types of the subschema (RFC 4512 §4.1.2)', () => {
	it('are read with all names', () => {
		const text = "( 2.5.4.3 NAME ( 'cn' 'commonName' ) DESC 'RFC4519: it\\27s a name' SUP name )";
		expect(parseAttributeType(text)).toEqual({
			name: 'cn',
			description: "RFC4519: it's a name",
			aliases: ['cn', 'commonname', '2.5.4.3'],
			isUser: true,
		});
	});

	it('know operational ones, and skip what has no name', () => {
		const operational =
			"( 1.3.6.1.1.16.4 NAME 'entryUUID' SYNTAX 1.3.6.1.1.16.1 NO-USER-MODIFICATION USAGE directoryOperation )";
		expect(parseAttributeType(operational)?.isUser).toBe(false);
		expect(parseAttributeType('( 1.2.3 SYNTAX 1.3.6 )')).toBeUndefined();
		expect(parseAttributeType('nonsense')).toBeUndefined();
	});
});
