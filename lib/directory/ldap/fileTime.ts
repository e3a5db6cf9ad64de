/** 1601-01-01 to 1970-01-01. */
const EPOCH_MS = 11_644_473_600_000;
const TICKS_A_MS = 10_000n;
/** The longest interval that Active Directory writes; it stands for "never". */
const NEVER = -0x8000_0000_0000_0000n;

const ticksOf = (text: string | undefined): bigint | undefined =>
	text !== undefined && /^-?\d{1,19}$/.test(text) ? BigInt(text) : undefined;

/** Milliseconds since 1970 of a FILETIME (MS-DTYP §2.3.3): tenths of a microsecond since 1601. undefined for 0 and what is none. */
export function millisecondsOfFileTime(text: string | undefined): number | undefined {
	const ticks = ticksOf(text);
	return ticks === undefined || ticks <= 0n ? undefined : Number(ticks / TICKS_A_MS) - EPOCH_MS;
}

/** Milliseconds of an interval, which Active Directory writes as a negative number of ticks; 0 = for ever. undefined for what is none. */
export function millisecondsOfInterval(text: string | undefined): number | undefined {
	const ticks = ticksOf(text);
	if (ticks === undefined || ticks > 0n) return undefined;
	return ticks <= NEVER ? 0 : Number(-ticks / TICKS_A_MS);
}
