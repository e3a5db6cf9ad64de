import { isCsn } from './csn';
import type { CsnVector } from './csn';

export interface AccessLogCursor {
	[part: string]: CsnVector;
	/** The last change read, by server. */
	csn: CsnVector;
	/** Where the log began then, by server; empty while nothing was ever written. */
	begins: CsnVector;
	/** While those below a moved container are told: the record's CSN → the id of the last one told. */
	within: Record<string, string>;
}

/** A position as it was stored, perhaps by an earlier version; undefined = it is none. */
export function storedCursor(stored: unknown): AccessLogCursor | undefined {
	const parts = new Map<string, unknown>(isObject(stored) ? Object.entries(stored) : []);
	const [csn, begins, within] = [parts.get('csn'), parts.get('begins'), parts.get('within') ?? {}];
	return isVector(csn) && isVector(begins) && isTexts(within) ? { csn, begins, within } : undefined;
}

const isObject = (value: unknown): value is object =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

const isTexts = (value: unknown): value is Record<string, string> =>
	isObject(value) && Object.values(value).every((text) => typeof text === 'string');

const isVector = (value: unknown): value is CsnVector => isTexts(value) && Object.values(value).every(isCsn);
