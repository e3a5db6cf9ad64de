import type { Group } from '../../lib/directory/directory.types';
import { familyOf } from '../../lib/directory/ldap/families';
import { addToGroup, removeFromGroup } from '../../lib/directory/ldap/groupMembership';
import type { LdapConnection, LdapModification, RootDse } from '../../lib/directory/ldap/ldap.types';
import { resultError } from '../../lib/directory/ldap/ldapErrors';
import { failureOf } from '../support/ldap';
import { group, person } from '../support/personBuilder';

const place = { endpoint: 'ldap://dc.example.org', secrets: [] };
const activeDirectory = familyOf({} as RootDse, 'activeDirectory');
const team: Group = group('Team');
const ann = person('ann');

/** A server that answers every change with this result. */
function serverThat(code: number, diagnostic = '', classes = ['top', 'group']) {
	const sent: LdapModification[] = [];
	const connection: Pick<LdapConnection, 'read' | 'modify'> = {
		read: async (dn) => ({
			...{ dn, names: ['objectClass'], first: () => classes[0] },
			values: (name) => (name === 'objectClass' ? classes : []),
			buffers: () => [],
		}),
		modify: async (_dn, modifications) => {
			sent.push(...modifications);
			if (code !== 0) throw resultError({ code, diagnostic, referrals: [] } as never, 'change it', place);
		},
	};
	return { connection: connection as LdapConnection, sent };
}

describe('membership on Active Directory, as documented', () => {
	it('is written into member, by DN', async () => {
		const { connection, sent } = serverThat(0);
		expect(await addToGroup(connection, activeDirectory, team, ann)).toBe('added');
		expect(await removeFromGroup(connection, activeDirectory, team, ann)).toBe('removed');
		expect(sent).toEqual([
			{ operation: 'add', attribute: 'member', values: [ann.dn] },
			{ operation: 'delete', attribute: 'member', values: [ann.dn] },
		]);
	});

	it('is there already when the server says that the value exists', async () => {
		const { connection } = serverThat(
			68,
			'00000562: UpdErr: DSID-031A122A, problem 6005 (ENTRY_EXISTS), data 0',
		);
		expect(await addToGroup(connection, activeDirectory, team, ann)).toBe('exists');
	});

	it('was none when the server is unwilling because of that, and only then', async () => {
		const none = serverThat(53, '00000561: SvcErr: DSID-031A1236, problem 5003 (WILL_NOT_PERFORM), data 0');
		expect(await removeFromGroup(none.connection, activeDirectory, team, ann)).toBe('absent');
		const primary = serverThat(
			53,
			'0000055E: SvcErr: DSID-031A1236, problem 5003 (WILL_NOT_PERFORM), data 0',
		);
		const error = await failureOf(removeFromGroup(primary.connection, activeDirectory, team, ann));
		expect(error.code).toBe('53');
	});
});

it('takes an odd class for no group', async () => {
	const { connection, sent } = serverThat(0, '', ['top', 'groupOfURLs', '__proto__']);
	const error = await failureOf(addToGroup(connection, activeDirectory, team, ann));
	expect(error).toMatchObject({ failure: 'configuration-invalid', recovery: 'skip' });
	expect(sent).toEqual([]);
});
