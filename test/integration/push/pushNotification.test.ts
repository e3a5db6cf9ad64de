import type {
	ICredentialDataDecryptedObject,
	ICredentialTestFunctions,
	IDataObject,
	INodeParameters,
} from 'n8n-workflow';

import { verifyAcknowledgmentToken } from '../../../lib/acknowledgment/acknowledgmentToken';
import { messageIdOf } from '../../../lib/push/messageId';
import { fcmConnectionTest } from '../../../lib/n8n/pushConnection';
import { PushNotification } from '../../../nodes/PushNotification/PushNotification.node';
import { startFcmEmulator } from '../../../sandbox/fcm/fcmEmulator';
import type { FcmEmulator, FcmEmulatorOptions } from '../../../sandbox/fcm/fcmEmulator';
import { runInN8n } from '../../support/n8nRun';
import type { NodeRun, NodeRunResult } from '../../support/n8nRun';

const SECRET = 'a secret of at least thirty-two characters';
let emulator: FcmEmulator;

async function emulate(options: FcmEmulatorOptions = {}): Promise<void> {
	await emulator?.stop();
	emulator = await startFcmEmulator(options);
}
beforeEach(async () => emulate());
afterEach(async () => emulator.stop());

const credential = (change: ICredentialDataDecryptedObject = {}): ICredentialDataDecryptedObject => ({
	serviceAccountPrivateKey: JSON.stringify(emulator.serviceAccount()),
	endpoint: emulator.endpoint,
	ca: emulator.caPem,
	...change,
});

async function run(
	items: IDataObject[],
	parameters: INodeParameters = {},
	more: Partial<NodeRun> = {},
): Promise<NodeRunResult> {
	return await runInN8n({
		node: new PushNotification(),
		items,
		parameters: {
			resource: 'message',
			operation: 'send',
			authentication: 'fcm',
			title: '=Welcome {{ $json.recipient?.displayName }}',
			body: 'Hello',
			...parameters,
		},
		credentials: {
			firebaseCloudMessagingApi: credential(),
			acknowledgmentSigningApi: {
				secret: SECRET,
				publicUrl: 'https://n8n.example.org/webhook/acknowledgments',
			},
		},
		...more,
	});
}

/** An item as Directory → Audience → Find emits it. */
function item(
	name: string,
	tokens: string[],
	ids: IDataObject = { eventId: 'event-1', correlationId: 'chain-1' },
): IDataObject {
	const devices = tokens.map((token, index) => ({
		id: `${name}-device-${index}`,
		platform: 'android',
		token,
		owner: name,
	}));
	const recipient = {
		id: `id-${name}`,
		dn: `uid=${name},dc=example`,
		username: name,
		displayName: `Dr ${name}`,
		devices,
		attributes: {},
		why: 'asked for',
	};
	return { ...ids, recipient };
}
const jsonOf = ({ outputs }: NodeRunResult, output = 0) => (outputs[output] ?? []).map(({ json }) => json);
const statusesOf = (result: NodeRunResult) => jsonOf(result).map(({ status }) => status);

describe('sending to recipients', () => {
	it('gives one result an input item, in order and paired, without any token', async () => {
		const phone = emulator.registerDevice({ person: 'ada', platform: 'android' });
		const tablet = emulator.registerDevice({ person: 'ada', platform: 'ios' });
		const result = await run([
			item('ada', [phone.token, tablet.token]),
			item('bob', []),
			item('eve', ['emu-unregistered']),
			item('max', ['emu-unregistered', 'emu-ok']),
		]);
		expect(result.error).toBeUndefined();
		expect(statusesOf(result)).toEqual(['accepted', 'noDevice', 'deviceGone', 'accepted']);
		expect(result.outputs[0]?.map(({ pairedItem }) => pairedItem)).toEqual(
			[0, 1, 2, 3].map((index) => ({ item: index })),
		);
		expect(jsonOf(result)[0]).toEqual({
			messageId: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
			correlationId: 'chain-1',
			eventId: 'event-1',
			recipient: { id: 'id-ada', dn: 'uid=ada,dc=example', username: 'ada', displayName: 'Dr ada' },
			status: 'accepted',
			accepted: 2,
			devices: [0, 1].map((index) => ({
				deviceId: `ada-device-${index}`,
				platform: 'android',
				status: 'accepted',
				attempts: 1,
				providerMessageId: expect.stringContaining('projects/') as string,
			})),
		});
		const text = JSON.stringify(result.outputs);
		for (const token of [phone.token, tablet.token, 'emu-unregistered']) expect(text).not.toContain(token);
		expect(result.hints.map(({ message }) => message).join()).toContain('1 of 4 had no device');
	});

	it('sends each person their own text, with the ids of the chain', async () => {
		await run([item('ada', ['emu-ok:a']), item('bob', ['emu-ok:b'])]);
		expect(emulator.messages()).toHaveLength(2);
		for (const { message } of emulator.messages()) {
			const name = message.token === 'emu-ok:a' ? 'ada' : 'bob';
			expect(message).toMatchObject({ notification: { title: `Welcome Dr ${name}`, body: 'Hello' } });
			expect(message.data).toMatchObject({ correlationId: 'chain-1' });
			expect(message).not.toHaveProperty('android.collapseKey');
		}
	});

	it('carries data, link and options', async () => {
		await run([item('ada', ['emu-ok'])], {
			link: 'https://intranet.example/welcome',
			data: { values: [{ name: 'room', value: '=Room {{ 3 + 4 }}' }] },
			options: { priority: 'high', timeToLive: 60 },
		});
		expect(emulator.messages()[0]?.message).toMatchObject({
			data: { room: 'Room 7', link: 'https://intranet.example/welcome' },
			android: { priority: 'high', ttl: '60s' },
			webpush: { fcmOptions: { link: 'https://intranet.example/welcome' } },
		});
	});

	it('asks for an acknowledgment that only this person can give', async () => {
		await run([item('ada', ['emu-ok'])], {
			requestAcknowledgment: true,
			allowedActions: ['approved', 'rejected'],
			validForDays: 2,
		});
		const data = emulator.messages()[0]?.message.data as Record<string, string>;
		const link = new URL(data.ackUrl ?? '');
		expect(link.origin + link.pathname).toBe('https://n8n.example.org/webhook/acknowledgments');
		const grant = await verifyAcknowledgmentToken(link.searchParams.get('token') ?? '', { secret: SECRET });
		expect(grant).toMatchObject({
			messageId: data.messageId,
			recipientId: 'id-ada',
			actions: ['approved', 'rejected'],
			correlationId: 'chain-1',
			eventId: 'event-1',
			title: 'Welcome Dr ada',
		});
		expect(Date.parse(grant.expiresAt) - Date.parse(grant.issuedAt)).toBe(2 * 86_400_000);
	});

	it('signs nothing with a weak secret, and then sends nothing', async () => {
		const result = await run(
			[item('ada', ['emu-ok'])],
			{ requestAcknowledgment: true },
			{
				credentials: {
					firebaseCloudMessagingApi: credential(),
					acknowledgmentSigningApi: { secret: 'short', publicUrl: 'https://a.example' },
				},
			},
		);
		expect(result.error?.message).toBeDefined();
		expect(emulator.messages()).toEqual([]);
	});
});

describe('the message id', () => {
	const sentIds = () => emulator.messages().map(({ message }) => (message.data as IDataObject).messageId);

	it('is the same when an event is replayed, and on the device it replaces', async () => {
		await run([item('ada', ['emu-ok'])]);
		await run([item('ada', ['emu-ok'])]);
		const id = messageIdOf({ workflowId: 'test', nodeId: 't', key: 'event-1' });
		expect(sentIds()).toEqual([id, id]);
		expect(emulator.messages()[1]?.message).toMatchObject({
			android: { notification: { tag: id } },
			apns: { headers: { 'apns-collapse-id': id } },
			webpush: { headers: { Topic: id } },
		});
	});

	it('is of the key that is set, before the event', async () => {
		await run([item('ada', ['emu-ok']), item('bob', ['emu-ok'])], {
			options: { messageKey: '=welcome:{{ $json.recipient.username }}' },
		});
		expect(new Set(sentIds())).toEqual(
			new Set(
				['ada', 'bob'].map((name) =>
					messageIdOf({ workflowId: 'test', nodeId: 't', key: `welcome:${name}` }),
				),
			),
		);
	});

	it('is of the execution where there is neither', async () => {
		await run([item('ada', ['emu-ok'], {})]);
		const [data] = emulator.messages().map(({ message }) => message.data as IDataObject);
		expect(data?.messageId).toBe(messageIdOf({ workflowId: 'test', nodeId: 't', key: 'execution:test' }));
		expect(data?.correlationId).toBe(data?.messageId);
	});
});

describe('sending to device tokens', () => {
	it.each([['emu-ok:1, emu-ok:2'], ['={{ ["emu-ok:1", "emu-ok:2", "emu-ok:1"] }}']])(
		'takes %s',
		async (tokens) => {
			const result = await run([{ eventId: 'e' }], { sendTo: 'tokens', tokens });
			expect(jsonOf(result)[0]).toMatchObject({ status: 'accepted', accepted: 2 });
			expect(jsonOf(result)[0]).not.toHaveProperty('recipient');
			expect(JSON.stringify(result.outputs)).not.toContain('emu-ok');
		},
	);

	it('asks nobody in particular for an acknowledgment', async () => {
		const result = await run([{}], { sendTo: 'tokens', tokens: 'emu-ok', requestAcknowledgment: true });
		expect(result.error?.message).toContain('Request Acknowledgment');
		expect(emulator.messages()).toEqual([]);
	});
});

describe('what is refused before anything is sent', () => {
	it.each<[string, INodeParameters, string]>([
		['an empty text', { title: '', body: '' }, 'title'],
		['a reserved name', { data: { values: [{ name: 'google.x', value: '1' }] } }, 'data.google.x'],
		[
			'a name of ours',
			{ data: { values: [{ name: 'ackUrl', value: 'https://evil.example' }] } },
			'data.ackUrl',
		],
		[
			'a name given twice',
			{
				data: {
					values: [
						{ name: 'a', value: '1' },
						{ name: 'a', value: '2' },
					],
				},
			},
			'data.a',
		],
		['a plain link', { link: 'http://a.example' }, 'link'],
		['a life too long', { options: { timeToLive: 9e9 } }, 'timeToLiveSeconds'],
		['a text too long', { body: '={{ "👋".repeat(1100) }}' }, '4096'],
		['a text that is an object', { title: '={{ ({}) }}' }, 'title'],
		[
			'an answer that is none',
			{ requestAcknowledgment: true, allowedActions: '={{ "approved" }}' },
			'Allowed Actions',
		],
		[
			'an unknown answer beside a known one',
			{ requestAcknowledgment: true, allowedActions: '={{ ["approved", "maybe"] }}' },
			'Allowed Actions',
		],
		['no answer at all', { requestAcknowledgment: true, allowedActions: [] }, 'Allowed Actions'],
		['a dry run that is text', { options: { dryRun: '={{ "true" }}' } }, 'Dry Run'],
		['no recipient', { recipient: '={{ $json.nobody }}' }, 'Recipient'],
		['a recipient that is text', { recipient: 'ada' }, 'Recipient'],
		['tokens that are numbers', { sendTo: 'tokens', tokens: '={{ [1, 2] }}' }, 'Device Tokens'],
	])('%s fails the run and names the field', async (_case, parameters, field) => {
		const result = await run([item('ada', ['emu-ok'])], parameters);
		expect(result.error?.message).toContain(field);
		expect(result.error?.name).toBe('NodeOperationError');
		expect(emulator.stats().requests).toBe(0);
	});

	it.each(['={{ null }}', '={{ "" }}', '={{ undefined }}'])(
		'a life of %s is none, not "now or never"',
		async (timeToLive) => {
			const result = await run([item('ada', ['emu-ok'])], { options: { timeToLive } });
			expect(result.error).toBeUndefined();
			expect(emulator.messages()[0]?.message).not.toHaveProperty('android.ttl');
		},
	);

	it('is only that one message', async () => {
		const result = await run([{ recipient: 'nobody' }, item('ada', ['emu-ok'])]);
		expect(result.error).toBeUndefined();
		expect(statusesOf(result)).toEqual(['messageInvalid', 'accepted']);
		expect(jsonOf(result)[0]?.reason).toContain('Recipient');
		expect(result.hints[0]?.message).toContain('1 of 2 got nothing');
	});
});

it('an expression that fails for one item spoils nothing for the others', async () => {
	const items = [
		item('ada', ['emu-ok:a']),
		{ ...item('bob', ['emu-ok:b']), bad: true },
		item('eve', ['emu-ok:e']),
	];
	const title = '={{ $json.bad ? $("Nobody").item.json.x : "Hi" }}';
	const result = await run(items, { title });
	expect(result.error).toBeUndefined();
	expect(statusesOf(result)).toEqual(['accepted', 'messageInvalid', 'accepted']);
	expect(jsonOf(result)[1]).toMatchObject({ recipient: { username: 'bob' }, eventId: 'event-1' });
	expect(jsonOf(result)[1]?.reason).toContain("Referenced node doesn't exist");
});

describe('a run that must not count as delivered', () => {
	it('fails, with the counts, when recipients remain', async () => {
		const result = await run([
			item('ada', ['emu-ok']),
			item('bob', ['emu-quota']),
			item('eve', ['emu-reset']),
		]);
		expect(result.error?.name).toBe('NodeApiError');
		expect(result.error?.message).toBe('Accepted for 1 of 3 recipients; 2 remain to be sent');
		expect(result.error?.description).toContain('Never Fail the Run');
	});

	it('fails once, not once a recipient, when the credential is broken', async () => {
		const many = Array.from({ length: 120 }, (_, index) => item(`p${index}`, [`emu-ok:${index}`]));
		const stranger = JSON.stringify({ ...emulator.serviceAccount(), private_key_id: 'other' });
		const result = await run(
			many,
			{},
			{ credentials: { firebaseCloudMessagingApi: credential({ serviceAccountPrivateKey: stranger }) } },
		);
		expect(result.error?.message).toContain('Google refuses the service account');
		expect(result.error?.message).toContain('Accepted for 0 of 120');
		expect(result.error?.description).toContain('clock');
		expect(emulator.stats()).toMatchObject({ tokenRequests: 1, requests: 0 });
	});

	it('fails when every device belongs to another project: the credential is the wrong one', async () => {
		const result = await run([
			item('ada', ['emu-mismatch:a']),
			item('bob', ['emu-mismatch:b']),
			item('eve', []),
		]);
		expect(result.error?.message).toContain('another Firebase project');
		expect(statusesOf(await run([item('ada', ['emu-mismatch']), item('bob', ['emu-ok'])]))).toEqual([
			'notPermitted',
			'accepted',
		]);
	});

	it('fails when nothing can be reached', async () => {
		const unreachable = credential();
		await emulator.configure({ outage: 'refuse' });
		const result = await run(
			[item('ada', ['emu-ok'])],
			{},
			{ credentials: { firebaseCloudMessagingApi: unreachable } },
		);
		expect(result.error?.message).toContain('Cannot reach');
		expect(result.error?.message).toContain('1 remain to be sent');
	});

	it('delivers all of them when it is run again', async () => {
		const items = [item('ada', ['emu-ok']), item('bob', ['emu-unavailable-3'])];
		expect((await run(items)).error).toBeDefined();
		const again = await run(items);
		expect(again.error).toBeUndefined();
		expect(statusesOf(again)).toEqual(['accepted', 'accepted']);
		const ids = emulator.messages().map(({ message }) => (message.data as IDataObject).messageId);
		expect(ids).toHaveLength(3);
		expect(new Set(ids).size).toBe(1);
	});

	it('goes on with the results when it may never fail', async () => {
		const result = await run([item('ada', ['emu-ok']), item('bob', ['emu-quota'])], {
			options: { neverFail: true },
		});
		expect(result.error).toBeUndefined();
		expect(statusesOf(result)).toEqual(['accepted', 'retryLater']);
	});

	it('keeps its results when the node continues on errors', async () => {
		const result = await run(
			[item('ada', ['emu-ok']), item('bob', ['emu-quota'])],
			{},
			{ onError: 'continueRegularOutput' },
		);
		expect(statusesOf(result)).toEqual(['accepted', 'retryLater']);
	});

	it('puts who remains on the error output, ready to be sent again', async () => {
		const items = [item('ada', ['emu-ok']), item('bob', ['emu-quota']), item('eve', [])];
		const result = await run(items, {}, { onError: 'continueErrorOutput' });
		expect(statusesOf(result)).toEqual(['accepted', 'noDevice']);
		expect(jsonOf(result, 1)).toMatchObject([
			{
				eventId: 'event-1',
				error: expect.stringContaining('Not sent') as string,
				details: { recovery: 'retry', status: 'retryLater' },
				recipient: { username: 'bob', devices: [{ token: 'emu-quota' }] },
			},
		]);
		// The tokens are there for the loop alone: n8n hides them from whoever may not see sensitive output.
		expect(new PushNotification().description.sensitiveOutputFields).toEqual(['recipient.devices[*].token']);
	});

	it('sends again when unsure only if it is told to', async () => {
		expect((await run([item('ada', ['emu-reset-1:x'])])).error).toBeDefined();
		const result = await run([item('ada', ['emu-reset-1:y'])], { options: { sendAgainWhenUnsure: true } });
		expect(jsonOf(result)[0]).toMatchObject({ status: 'accepted', devices: [{ attempts: 2 }] });
	});
});

it('sends nothing in a dry run, and says that it was one', async () => {
	const result = await run([item('ada', ['emu-ok'])], { options: { dryRun: true } });
	expect(jsonOf(result)[0]).toMatchObject({ status: 'accepted', dryRun: true });
	expect(emulator.messages()).toEqual([]);
	expect(emulator.stats().validated).toBe(1);
});

describe("n8n's credential test", () => {
	const test = async (data: ICredentialDataDecryptedObject) =>
		await fcmConnectionTest.call({} as ICredentialTestFunctions, {
			id: '1',
			name: 'FCM',
			type: 'firebaseCloudMessagingApi',
			data,
		});

	it('names a CA certificate that cannot be read', async () => {
		const ca = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----';
		expect(await test(credential({ ca }))).toMatchObject({
			status: 'Error',
			message: expect.stringContaining('CA certificate cannot be read') as string,
		});
		const onOneLine = emulator.caPem.replaceAll('\n', ' ');
		expect(await test(credential({ ca: onOneLine }))).toMatchObject({ status: 'OK' });
	});

	it('is passed by a credential that may send', async () => {
		expect(await test(credential())).toMatchObject({ status: 'OK' });
		expect(emulator.stats()).toMatchObject({ accepted: 0, requests: 1 });
	});

	it.each<[string, ICredentialDataDecryptedObject, string]>([
		['without a key', { serviceAccountPrivateKey: '' }, 'Generate new private key'],
		['with half a key', { serviceAccountPrivateKey: '{"type":"service_account"' }, 'not a JSON file'],
		['without the CA', { ca: '' }, 'CA certificate'],
		['with a wrong token URL', { tokenUrl: 'http://127.0.0.1:1' }, 'Cannot reach the token endpoint'],
		['with plain http', { endpoint: 'http://fcm.example' }, 'https://'],
	])('advises %s', async (_case, change, said) => {
		const { status, message } = await test(credential(change));
		expect(status).toBe('Error');
		expect(message).toContain(said);
	});

	it('advises about a project that is not the right one, or does not exist', async () => {
		const foreign = JSON.stringify({ ...emulator.serviceAccount(), project_id: 'other-project' });
		const { status, message } = await test(credential({ serviceAccountPrivateKey: foreign }));
		expect(status).toBe('Error');
		expect(message).toContain('role');
	});
});
