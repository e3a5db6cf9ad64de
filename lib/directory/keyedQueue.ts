/** The end of each queue that somebody waits in. */
const ends = new Map<string, Promise<void>>();

/**
 * Runs `work` after all earlier work on this attribute of this person (or device) in this process: whoever reads, changes and writes
 * values must not do so while another does. Knows nothing of other processes. Fails as `work` does; a failure stops nobody behind it.
 */
export async function oneAtATime<T>(attribute: string, id: string, work: () => Promise<T>): Promise<T> {
	const key = JSON.stringify([attribute.toLowerCase(), id]);
	const turn = (ends.get(key) ?? Promise.resolve()).then(work);
	const end = turn.then(ignore, ignore);
	ends.set(key, end);
	try {
		return await turn;
	} finally {
		if (ends.get(key) === end) ends.delete(key);
	}
}

/** How many queues there are, for tests: none are left behind. */
export const queueCount = (): number => ends.size;

const ignore = (): void => undefined;
