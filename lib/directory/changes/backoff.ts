import { DomainError } from '../../domain.errors';

const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;
/** Servers lock accounts that fail a few times within minutes; the service account serves other workflows as well. */
const AFTER_REFUSED_LOGIN_MS = 3_600_000;

/** Doubles from one second to half a minute; half of it is chance, so that many watchers do not return at the same moment. */
function reconnectPause(failures: number, random: number): number {
	const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 10));
	return Math.round(ceiling / 2 + (ceiling / 2) * random);
}

/** The server heard the login and refused it: it carries the server's own number. A certificate that is refused has none. */
const isRefusedLogin = (error: unknown): boolean =>
	error instanceof DomainError && error.failure === 'credential-invalid' && /^\d+$/.test(error.code ?? '');

/** Milliseconds until the next attempt after `error`, the latest of `failures` in a row. */
export const pauseAfter = (error: unknown, failures: number, random: number): number =>
	isRefusedLogin(error) ? AFTER_REFUSED_LOGIN_MS : reconnectPause(failures, random);
