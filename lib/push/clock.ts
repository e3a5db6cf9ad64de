/** Time and chance, so that tests need neither. */
export interface Clock {
	/** Milliseconds since 1970, UTC. */
	now(): number;
	/** Resolves after `milliseconds`, or at once when the signal aborts. */
	sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
	/** In [0, 1). */
	random(): number;
}

export const systemClock: Clock = {
	now: () => Date.now(),
	random: () => Math.random(),
	async sleep(milliseconds, signal) {
		if (signal?.aborted) return;
		await new Promise<void>((resolve) => {
			const done = () => {
				clearTimeout(timer);
				signal?.removeEventListener('abort', done);
				resolve();
			};
			const timer = setTimeout(done, milliseconds);
			signal?.addEventListener('abort', done, { once: true });
		});
	},
};
