import type { GoogleRefusal } from './google.errors.ts';
import {
	internal,
	invalidToken,
	quotaExceeded,
	senderIdMismatch,
	thirdPartyAuth,
	unauthenticated,
	unavailable,
	unregistered,
} from './google.errors.ts';

/** What happens to a request on purpose. */
export type Fault =
	{ kind: 'refuse'; refusal: GoogleRefusal } | { kind: 'delay'; milliseconds: number } | Misbehaviour;

/** No proper answer at all. */
export interface Misbehaviour {
	kind: 'reset' | 'goaway' | 'html502' | 'truncated' | 'cut' | 'hang';
}

/**
 * A target `emu-<fault>[-<number>][:<anything>]` is taken as a registered token that misbehaves:
 *
 * | token | answer |
 * |---|---|
 * | `emu-ok` | accepted |
 * | `emu-unregistered`, `emu-invalid`, `emu-mismatch`, `emu-third-party-auth` | 404, 400, 403, 401 about the device |
 * | `emu-quota[-S]` | 429, with Retry-After S seconds |
 * | `emu-unavailable[-N]`, `emu-internal[-N]`, `emu-401[-N]` | 503, 500, 401; N times, then accepted; for ever without N |
 * | `emu-slow-MS` | accepted after MS milliseconds |
 * | `emu-hang[-N]` | no answer |
 * | `emu-reset[-N]` | the stream (HTTP/2) or socket (HTTP/1.1) is broken off |
 * | `emu-goaway[-N]` | GOAWAY that names this stream as not processed; the socket is closed on HTTP/1.1 |
 * | `emu-html502[-N]` | an HTML page of a proxy on the way |
 * | `emu-truncated[-N]` | 200 whose JSON ends in the middle |
 * | `emu-cut[-N]` | 200 whose connection ends in mid-body |
 *
 * What follows `:` makes tokens distinct; N is counted for each distinct token.
 */
const FAULT_TOKEN = /^emu-([a-z0-9]+(?:-[a-z]+)*)(?:-(\d+))?(?::.*)?$/;

export class FaultPlan {
	readonly #seen = new Map<string, number>();

	/** undefined = not a fault token at all; 'none' = one that is to be accepted (now). */
	next(target: string): Fault | 'none' | undefined {
		const match = FAULT_TOKEN.exec(target);
		if (!match?.[1]) return undefined;
		const number = match[2] === undefined ? undefined : Number(match[2]);
		return this.#faultOf(match[1], number, target);
	}

	#faultOf(name: string, number: number | undefined, target: string): Fault | 'none' | undefined {
		if (name === 'ok') return 'none';
		if (name === 'slow') return { kind: 'delay', milliseconds: number ?? 0 };
		if (name === 'quota') return { kind: 'refuse', refusal: quotaExceeded(number) };
		const lasting = LASTING[name];
		if (lasting) return { kind: 'refuse', refusal: lasting() };
		const passing = PASSING[name];
		if (!passing) return undefined;
		return this.#count(target) <= (number ?? Infinity) ? passing() : 'none';
	}

	#count(target: string): number {
		const times = (this.#seen.get(target) ?? 0) + 1;
		this.#seen.set(target, times);
		return times;
	}
}

const LASTING: Record<string, () => GoogleRefusal> = {
	unregistered,
	invalid: invalidToken,
	mismatch: senderIdMismatch,
	'third-party-auth': thirdPartyAuth,
};

const PASSING: Record<string, () => Fault> = {
	unavailable: () => ({ kind: 'refuse', refusal: unavailable() }),
	internal: () => ({ kind: 'refuse', refusal: internal() }),
	'401': () => ({ kind: 'refuse', refusal: unauthenticated('ACCESS_TOKEN_EXPIRED') }),
	reset: () => ({ kind: 'reset' }),
	goaway: () => ({ kind: 'goaway' }),
	hang: () => ({ kind: 'hang' }),
	html502: () => ({ kind: 'html502' }),
	truncated: () => ({ kind: 'truncated' }),
	cut: () => ({ kind: 'cut' }),
};
