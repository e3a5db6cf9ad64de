import { setTimeout as pause } from 'node:timers/promises';

import { newPhone } from '../seed/seed.ts';
import type { Sandbox } from './sandbox.ts';
import { step } from './step.ts';

export interface Measured {
	changes: number;
	p50Ms: number;
	p95Ms: number;
	slowestMs: number;
}

/** From the moment the directory took a change until FCM took the push, one change after the other, each a new person. */
export async function measureChangeToPush(
	{ directory, fcm }: Sandbox,
	changes: number,
	named = 'measured',
): Promise<Measured> {
	const times: number[] = [];
	for (let number = 1; number <= changes; number++) {
		const uid = `${named}${number}`;
		const phone = newPhone(fcm, uid, 'android');
		// Without it each change would come right after a read, always at the same distance from the next.
		await pause(Math.random() * 2000);
		const person = {
			uid,
			givenName: 'Measured',
			surname: String(number),
			title: 'Test',
			department: 'Test',
			site: 'Test',
		};
		await step(`change ${number}`, 60_000, async () => {
			await directory.addPerson(person, [phone]);
			const writtenAt = Date.now();
			const push = await fcm.waitForMessage(({ device }) => device?.person === uid, 59_000);
			times.push(push.acceptedAt - writtenAt);
		});
	}
	times.sort((one, other) => one - other);
	const at = (share: number): number =>
		times[Math.min(times.length - 1, Math.ceil(share * times.length) - 1)] ?? 0;
	return { changes, p50Ms: at(0.5), p95Ms: at(0.95), slowestMs: at(1) };
}
