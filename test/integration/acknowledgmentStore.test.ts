import { mintAcknowledgmentToken } from '../../lib/acknowledgment/acknowledgmentToken';
import type {
	AcknowledgmentAction,
	AcknowledgmentRecord,
	NewAcknowledgment,
} from '../../lib/directory/acknowledgments/acknowledgmentRecord.types';
import { recordKeysOf } from '../../lib/directory/acknowledgments/recordSigning';
import { SubtreeAcknowledgmentStore } from '../../lib/directory/acknowledgments/subtreeAcknowledgment.store';
import type { EntryTree } from '../../lib/directory/directory.client';
import { LdapEntryTree } from '../../lib/directory/ldap/ldapEntry.tree';
import { openLdapConnection } from '../../lib/directory/ldap/ldapConnection';
import type { LdapConnection } from '../../lib/directory/ldap/ldap.types';
import { answerAcknowledgment } from '../../lib/n8n/acknowledgmentResponse';
import { AcknowledgmentTrigger } from '../../nodes/Acknowledgment/AcknowledgmentTrigger.node';
import type { Slapd } from '../../sandbox/openldap/slapd';
import { startSlapd } from '../../sandbox/openldap/slapd';
import { ldapSettings } from '../support/ldap';
import { person } from '../support/personBuilder';
import { startWebhookServer } from '../support/webhookServer';
import type { WebhookServer } from '../support/webhookServer';

const secret = 'a secret for tests, long enough to be one';
const keys = recordKeysOf({ secret });
const subtree = 'ou=acknowledgments';

describe('acknowledgments in OpenLDAP', () => {
	let slapd: Slapd;
	let server: WebhookServer | undefined;
	const connections: LdapConnection[] = [];
	beforeAll(async () => {
		slapd = await startSlapd();
	}, 60_000);
	afterEach(async () => {
		await Promise.all(connections.splice(0).map((connection) => connection.close()));
	});
	afterEach(async () => {
		await server?.close();
		server = undefined;
	});
	afterAll(() => slapd?.stop());

	function connect(): EntryTree {
		const connection = openLdapConnection(ldapSettings(slapd));
		connections.push(connection);
		return new LdapEntryTree(connection);
	}
	const open = (tree = connect()) => new SubtreeAcknowledgmentStore(tree, subtree, keys);
	const acknowledgment = (
		messageId: string,
		changed: Partial<NewAcknowledgment> = {},
	): NewAcknowledgment => ({
		messageId,
		person: person('ada'),
		action: 'acknowledged',
		at: '2026-01-02T03:04:05.678Z',
		...changed,
	});
	async function recordsOf(messageId: string): Promise<AcknowledgmentRecord[]> {
		const records: AcknowledgmentRecord[] = [];
		for await (const record of open().ofMessage(messageId)) records.push(record);
		return records;
	}

	it('are kept and read back', async () => {
		const { status, record } = await open().record(
			acknowledgment('m-1', { correlationId: 'c-1', device: 'web' }),
		);
		expect(status).toBe('recorded');
		expect(record).toMatchObject({ genuine: true, personDn: person('ada').dn });
		expect(await recordsOf('m-1')).toEqual([record]);
		expect(await recordsOf('nobody-answered')).toEqual([]);
	});

	it('fifty at once over ten connections leave one record', async () => {
		const taps = Array.from({ length: 10 }, () => open()).flatMap((store, phone) =>
			Array.from({ length: 5 }, (_, tap) =>
				store.record(acknowledgment('m-50', { device: `phone ${phone}, tap ${tap}` })),
			),
		);
		const outcomes = await Promise.all(taps);
		expect(outcomes).toHaveLength(50);
		expect(outcomes.filter(({ status }) => status === 'recorded')).toHaveLength(1);
		expect(new Set(outcomes.map(({ record }) => record.device)).size).toBe(1);
		expect(await recordsOf('m-50')).toHaveLength(1);
	});

	it('many people answer one message', async () => {
		const store = open();
		const names = Array.from({ length: 30 }, (_, index) => `person-${index}`);
		await Promise.all(names.map((name) => store.record(acknowledgment('m-many', { person: person(name) }))));
		const found = await recordsOf('m-many');
		expect(found.map(({ personId }) => personId).sort()).toEqual(names.map((name) => `id-${name}`).sort());
	});

	it.each([
		['NUL and line ends', 'a\u0000b\r\nc'],
		['quotes', '"\'`, {"action":"rejected"}'],
		['other scripts', 'שלום 你好 👩‍👩‍👧‍👦'],
		['blanks', '   '],
		['LDIF', '\ndn: cn=admin\nchangetype: delete\n'],
		['two thousand letters', 'ü'.repeat(2000)],
	])('a comment of %s comes back genuine', async (title, comment) => {
		const messageId = `m-comment-${title.replaceAll(' ', '-').toLowerCase()}`;
		const { record } = await open().record(acknowledgment(messageId, { comment }));
		expect(await recordsOf(messageId)).toEqual([record]);
		if (comment.length < 100) expect(record.comment).toBe(comment);
	});

	it('names that need escaping, or that the directory would fold, stay apart', async () => {
		const ids = ['a,b', 'a+b="c"', ' lead', 'trail ', '#1', 'A', 'a', 'x\u0000y', '*)(cn=*', 'e\u0301', 'é'];
		const store = open();
		for (const id of ids) await store.record(acknowledgment('m-names', { person: person('ada', { id }) }));
		for (const id of ids) await store.record(acknowledgment(`m/${id}`));
		const found = await recordsOf('m-names');
		expect(new Set(found.map(({ personId }) => personId))).toEqual(new Set(ids));
		expect(found.every(({ genuine }) => genuine)).toBe(true);
		for (const id of ids) expect(await recordsOf(`m/${id}`)).toMatchObject([{ genuine: true }]);
	});

	it('an answer altered in the directory is found out', async () => {
		const tree = connect();
		await open(tree).record(acknowledgment('m-altered'));
		const path = [
			{ attribute: 'cn', value: person('ada').id },
			{ attribute: 'ou', value: 'm-altered' },
		];
		const entry = await tree.read(path, subtree, ['description']);
		const description = entry?.attributes.description?.[0]?.replace('"acknowledged"', '"rejected"') ?? '';
		await tree.replace(path, subtree, { description: [description] });
		expect(await recordsOf('m-altered')).toMatchObject([{ action: 'rejected', genuine: false }]);
	});

	it('a missing subtree is told with the LDIF that makes it', async () => {
		const lost = new SubtreeAcknowledgmentStore(connect(), 'ou=nowhere', keys);
		await expect(lost.record(acknowledgment('m-lost'))).rejects.toMatchObject({
			failure: 'configuration-invalid',
			advice: expect.stringContaining('objectClass: organizationalUnit'),
		});
	});

	it('a tap while the directory is down is not called recorded; the next one, once it is up, is', async () => {
		const { url } = (server = await startWebhookServer({
			node: new AcknowledgmentTrigger(),
			credential: { secret, publicUrl: 'http://localhost/' },
			async run(context, item) {
				const tap = item.acknowledgment as { messageId: string; action: AcknowledgmentAction; at: string };
				const { status, record } = await open().record(acknowledgment(tap.messageId, tap));
				await answerAcknowledgment(context, { status, action: record.action, at: record.at });
			},
		}));
		const grant = { messageId: 'm-down', recipientId: 'id-ada', actions: ['approved' as const] };
		const token = await mintAcknowledgmentToken(grant, { secret }, { lifetimeSeconds: 600 });
		const tap = async () => {
			const response = await fetch(url, {
				method: 'POST',
				body: JSON.stringify({ token }),
				headers: { 'Content-Type': 'application/json' },
			});
			return { code: response.status, ...((await response.json()) as { status: string; at?: string }) };
		};
		await slapd.kill();
		expect(await tap()).toMatchObject({ code: 503, status: 'tryAgain' });
		await slapd.restart();
		const first = await tap();
		expect(first).toMatchObject({ code: 200, status: 'recorded', action: 'approved' });
		expect(await tap()).toMatchObject({ code: 200, status: 'alreadyRecorded', at: first.at });
		expect(await recordsOf('m-down')).toHaveLength(1);
	}, 60_000);
});
