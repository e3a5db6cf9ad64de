import { setTimeout as pause } from 'node:timers/promises';

/** For what no event tells (a REST API, a directory): looks again until `look` gives something, at most `timeoutMs`. */
export async function eventually<T>(
	what: string,
	look: () => Promise<T | undefined> | T | undefined,
	timeoutMs = 45_000,
): Promise<T> {
	const deadline = Date.now() + timeoutMs;
	let failure: unknown;
	for (;;) {
		try {
			const found = await look();
			if (found !== undefined) return found;
		} catch (error) {
			failure = error;
		}
		if (Date.now() > deadline) throw new Error(`${what}: not within ${timeoutMs} ms`, { cause: failure });
		await pause(100);
	}
}
