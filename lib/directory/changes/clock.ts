import { setTimeout as pause } from 'node:timers/promises';

import type { Clock } from './clock.types';

export const systemClock: Clock = {
	now: () => new Date(),
	random: () => Math.random(),
	async sleep(milliseconds, signal) {
		try {
			await pause(milliseconds, undefined, { signal });
		} catch (error) {
			if (!signal.aborted) throw error;
		}
	},
};
