import type { Clock } from '../../lib/push/clock';
import type { PushMessage } from '../../lib/push/push.types';

export function pushMessage(change: Partial<PushMessage> = {}): PushMessage {
	return {
		messageId: '0123456789abcdef0123456789abcdef',
		title: 'Welcome',
		body: 'You are a member of Nurses now.',
		data: {},
		...change,
	};
}

/** Never waits; remembers for how long it would have. Chance is always one half. */
export class TestClock implements Clock {
	readonly pauses: number[] = [];
	private time = Date.UTC(2026, 0, 1);

	now(): number {
		return this.time;
	}

	random(): number {
		return 0.5;
	}

	async sleep(milliseconds: number): Promise<void> {
		this.pauses.push(milliseconds);
		this.time += milliseconds;
	}

	pass(milliseconds: number): void {
		this.time += milliseconds;
	}
}
