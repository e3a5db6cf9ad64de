const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;

/** Doubles from one second to half a minute; half of it is chance, so that many watchers do not return at the same moment. */
export function reconnectPause(failures: number, random: number): number {
	const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 10));
	return Math.round(ceiling / 2 + (ceiling / 2) * random);
}
