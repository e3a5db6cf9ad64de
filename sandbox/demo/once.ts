import { setTimeout as pause } from 'node:timers/promises';

import type { SandboxAcknowledgment } from '../directory/sandboxDirectory.types.ts';
import { textAt } from '../fcm/json.types.ts';
import type { AcceptedMessage } from '../fcm/messageLog.ts';
import type { Sandbox } from './sandbox.ts';
import { step } from './step.ts';

/** A nurse who is in no group yet, and the group of the onboarding story. */
const PERSON = 'pnair';
const GROUP = 'Nurses';

export interface TimelineRow {
	what: string;
	detail: string;
	/** Milliseconds since the directory took the write. */
	afterMs: number;
}

/** Drives the chain once, without a browser; rejects with the step that did not happen. */
export async function runOnce(sandbox: Sandbox): Promise<TimelineRow[]> {
	const { directory, fcm, inbox } = sandbox;
	const person = await directory.personKey(PERSON);
	const group = await directory.groupKey(GROUP);
	const writtenAt = await step('directory write', 10_000, async () => {
		await directory.addMember(group, person);
		return Date.now();
	});
	const timeline: TimelineRow[] = [];
	const note = (what: string, time: number, detail: string): void => {
		timeline.push({ what, detail, afterMs: Math.max(0, time - writtenAt) });
	};
	note('directory write', writtenAt, `${PERSON} added to ${GROUP}`);

	const push = await step('push', 90_000, () =>
		fcm.waitForMessage(({ device }) => device?.person === PERSON, 89_000),
	);
	const event = await step('event', 60_000, () => eventOf(sandbox, push));
	note('event', Date.parse(event.detectedAt), `${event.kind}, seen by the Directory Trigger`);
	note('push accepted by FCM', push.acceptedAt, textAt(push.message, 'notification', 'title') ?? '');

	const tapped = Date.now();
	await step('acknowledge', 75_000, async () => {
		const shown = inbox.notifications.phones().find((phone) => phone.person === PERSON)?.notifications[0];
		if (shown === undefined) throw new Error('the phone shows no notification');
		const { answer } = await inbox.acknowledge(shown.id);
		if (answer?.status !== 'recorded') {
			throw new Error(`the answer was "${answer?.status ?? 'none'}": ${answer?.message ?? ''}`);
		}
	});
	note('acknowledged', tapped, 'tapped on the phone');
	const messageId = textAt(push.message, 'data', 'messageId') ?? '';
	const record = await step('record in the directory', 20_000, () => recordOf(sandbox, messageId, person));
	note('recorded', Date.now(), `${record.action}, message ${record.messageId}`);
	return timeline;
}

interface SeenEvent {
	kind: string;
	/** ISO 8601 */
	detectedAt: string;
}

/** The trigger's own words: from the execution that sent this very push. */
async function eventOf({ n8n, workflows }: Sandbox, push: AcceptedMessage): Promise<SeenEvent> {
	const correlationId = textAt(push.message, 'data', 'correlationId');
	const onboarding = workflows.find(({ name }) => name === 'Onboarding');
	if (!onboarding) throw new Error('there is no workflow named Onboarding');
	const execution = await n8n.client.waitForExecution(
		onboarding.id,
		({ status }) => status !== 'running' && status !== 'new',
		50_000,
	);
	if (execution.status !== 'success') {
		throw new Error(
			`execution ${execution.id} ended as ${execution.status}: ${execution.error?.message ?? 'no reason given'}`,
		);
	}
	for (const { correlationId: id, event, detectedAt } of Object.values(execution.output).flat()) {
		if (id === correlationId && typeof event === 'string' && typeof detectedAt === 'string')
			return { kind: event, detectedAt };
	}
	throw new Error(
		`no event with the correlation id ${correlationId ?? '(none)'} in execution ${execution.id}`,
	);
}

async function recordOf(
	{ directory }: Sandbox,
	messageId: string,
	person: string,
): Promise<SandboxAcknowledgment> {
	for (;;) {
		const records = await directory.acknowledgments();
		const found = records.find(
			(record) => directory.sameKey(record.personKey, person) && record.messageId === messageId,
		);
		if (found) return found;
		await pause(50);
	}
}

/** A table with one row a step. */
export function timelineText(timeline: TimelineRow[]): string {
	const width = Math.max(...timeline.map(({ what }) => what.length));
	return timeline
		.map(
			({ what, detail, afterMs }) => `  ${what.padEnd(width)}  ${`+${afterMs} ms`.padStart(10)}  ${detail}`,
		)
		.join('\n');
}
