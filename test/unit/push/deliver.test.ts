import { DomainError } from '../../../lib/domain.errors';
import { deliver } from '../../../lib/push/deliver';
import type { Delivery, DeliveryOutcome } from '../../../lib/push/delivery.types';
import { failureOfRecipient, failureOfRun, notesOn } from '../../../lib/push/runVerdict';
import type {
	PushMessage,
	PushResult,
	PushSender,
	PushStatus,
	PushTarget,
} from '../../../lib/push/push.types';
import { pushMessage } from '../../support/pushMessage';

/** Answers by token: `<status>` or `throw`; a token may be listed to be answered only when released. */
class ScriptedSender implements PushSender {
	readonly sent: string[] = [];
	underWay = 0;
	mostUnderWay = 0;

	constructor(private readonly unusable?: Error) {}

	validate({ title }: PushMessage) {
		return title === '' ? [{ field: 'title', problem: 'empty' }] : [];
	}

	async send(_message: PushMessage, { token }: PushTarget): Promise<PushResult> {
		this.sent.push(token);
		this.mostUnderWay = Math.max(this.mostUnderWay, ++this.underWay);
		await new Promise((resolve) => setImmediate(resolve));
		this.underWay--;
		if (token.startsWith('throw')) throw this.unusable ?? new Error('no error was given');
		return { status: token.split(':')[0] as PushStatus, attempts: 1, reason: `because ${token}` };
	}

	async test(): Promise<void> {}
	async close(): Promise<void> {}
}

const delivery = (...tokens: string[]): Delivery => ({
	message: pushMessage(),
	devices: tokens.map((token, index) => ({ id: `device-${index}`, platform: 'android', token })),
});
const refusedCredential = () =>
	new DomainError('refused', {
		advice: 'new key',
		recovery: 'abort',
		failure: 'credential-invalid',
		code: '401',
	});
const statusesOf = (outcomes: DeliveryOutcome[]) => outcomes.map(({ status }) => status);

describe('delivering', () => {
	it('keeps the order of recipients and devices, and one bad recipient spoils nothing', async () => {
		const { outcomes } = await deliver(new ScriptedSender(), [
			delivery('deviceGone', 'accepted:1'),
			delivery(),
			delivery('messageInvalid'),
			delivery('accepted:2', 'accepted:3'),
		]);
		expect(statusesOf(outcomes)).toEqual(['accepted', 'noDevice', 'messageInvalid', 'accepted']);
		expect(outcomes.map(({ accepted }) => accepted)).toEqual([1, 0, 0, 2]);
		expect(outcomes[0]?.devices.map(({ status, deviceId }) => [deviceId, status])).toEqual([
			['device-0', 'deviceGone'],
			['device-1', 'accepted'],
		]);
	});

	it.each([
		[['deviceGone', 'messageInvalid'], 'messageInvalid'],
		[['messageInvalid', 'notPermitted'], 'notPermitted'],
		[['notPermitted', 'retryLater'], 'retryLater'],
		[['retryLater', 'unknown'], 'unknown'],
		[['unknown', 'accepted'], 'accepted'],
	])('says of devices %j: %s', async (tokens, status) => {
		expect(statusesOf((await deliver(new ScriptedSender(), [delivery(...tokens)])).outcomes)).toEqual([
			status,
		]);
	});

	it('sends no message that would be refused, and names the field', async () => {
		const sender = new ScriptedSender();
		const wrong = { ...delivery('accepted:a'), message: pushMessage({ title: '' }) };
		const unread = { ...delivery('accepted:b'), problems: [{ field: 'Recipient', problem: 'none' }] };
		const { outcomes } = await deliver(sender, [wrong, unread, delivery('accepted:c')]);
		expect(sender.sent).toEqual(['accepted:c']);
		expect(outcomes.map(({ status, reason }) => [status, reason])).toEqual([
			['messageInvalid', 'title: empty'],
			['messageInvalid', 'Recipient: none'],
			['accepted', undefined],
		]);
	});

	it('has so many requests under way and no more', async () => {
		const sender = new ScriptedSender();
		const many = Array.from({ length: 40 }, (_, index) =>
			delivery(`accepted:${index}`, `accepted:${index}b`),
		);
		await deliver(sender, many, { inFlight: 7 });
		expect(sender.mostUnderWay).toBe(7);
		expect(sender.sent).toHaveLength(80);
	});

	it('stops at the first sign of an unusable service; who is left is to be tried again', async () => {
		const sender = new ScriptedSender(refusedCredential());
		const many = Array.from({ length: 20 }, (_, index) =>
			delivery(index === 2 ? 'throw' : `accepted:${index}`),
		);
		const { outcomes, unusable } = await deliver(sender, many, { inFlight: 2 });
		expect(unusable?.message).toBe('refused');
		expect(sender.sent.length).toBeLessThan(6);
		expect(outcomes).toHaveLength(20);
		expect(outcomes[19]).toMatchObject({
			status: 'retryLater',
			devices: [{ attempts: 0, reason: 'refused', errorCode: '401' }],
		});
		expect(outcomes[0]?.status).toBe('accepted');
	});

	it('starts nothing more once the run is cancelled', async () => {
		const sender = new ScriptedSender();
		const { outcomes } = await deliver(sender, [delivery('accepted')], { signal: AbortSignal.abort() });
		expect(sender.sent).toEqual([]);
		expect(statusesOf(outcomes)).toEqual(['retryLater']);
	});

	it('does not hide a bug', async () => {
		await expect(deliver(new ScriptedSender(new TypeError('bug')), [delivery('throw')])).rejects.toThrow(
			'bug',
		);
	});
});

describe('the verdict on a run', () => {
	const verdictOn = async (sender: PushSender, ...deliveries: Delivery[]) =>
		failureOfRun(await deliver(sender, deliveries));

	it.each([
		['all accepted', [delivery('accepted')]],
		['nobody has a device', [delivery(), delivery()]],
		['a device is gone', [delivery('deviceGone')]],
		['one message is refused, another not', [delivery('messageInvalid'), delivery('accepted')]],
		['one device took it, the other did not yet', [delivery('accepted', 'retryLater')]],
	])('is good when %s', async (_case, deliveries) => {
		expect(await verdictOn(new ScriptedSender(), ...deliveries)).toBeUndefined();
	});

	it.each(['retryLater', 'unknown'])(
		'is bad when somebody is left as %s, with the counts',
		async (status) => {
			const verdict = await verdictOn(
				new ScriptedSender(),
				delivery('accepted'),
				delivery(status),
				delivery(),
			);
			expect(verdict?.message).toBe('Accepted for 1 of 3 recipients; 1 remain to be sent');
			expect(verdict?.recovery).toBe('retry');
			expect(verdict?.advice).toContain(`because ${status}`);
		},
	);

	it('repeats what made the service unusable, and how far it came', async () => {
		const verdict = await verdictOn(new ScriptedSender(refusedCredential()), delivery('throw'), delivery());
		expect(verdict).toMatchObject({
			advice: 'new key',
			recovery: 'abort',
			failure: 'credential-invalid',
			code: '401',
		});
		expect(verdict?.message).toBe('refused. Accepted for 0 of 2 recipients; 1 remain to be sent');
	});

	it('is bad when every message was refused, even beside people without a device', async () => {
		const wrong = { ...delivery('accepted'), message: pushMessage({ title: '' }) };
		const verdict = await verdictOn(new ScriptedSender(), wrong, delivery());
		expect(verdict).toMatchObject({ recovery: 'abort', failure: 'configuration-invalid' });
		expect(verdict?.message).toContain('title: empty');
	});

	it('tells the person at the editor who got nothing, and why', async () => {
		const { outcomes } = await deliver(new ScriptedSender(), [
			delivery(),
			delivery(),
			delivery('deviceGone'),
			delivery('accepted'),
			delivery('retryLater'),
		]);
		expect(notesOn(outcomes)).toEqual([
			'2 of 5 had no device',
			'1 of 5 had only devices that are gone: unregister them (because deviceGone)',
			'1 of 5 remain to be sent (because retryLater)',
		]);
	});

	it('sends to an error output who can be tried again or must be changed, and nobody else', async () => {
		const { outcomes } = await deliver(
			new ScriptedSender(),
			['retryLater', 'unknown', 'messageInvalid', 'deviceGone', 'notPermitted', 'accepted'].map((status) =>
				delivery(status),
			),
		);
		expect(outcomes.map((outcome) => failureOfRecipient(outcome)?.recovery)).toEqual([
			'retry',
			'retry',
			'skip',
			undefined,
			undefined,
			undefined,
		]);
	});
});
