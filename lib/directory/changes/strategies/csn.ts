import { DomainError } from '../../../domain.errors';

/**
 * Change sequence numbers of OpenLDAP: `20261124060329.590734Z#000000#001#000000` = time, count within the microsecond, server id,
 * count within the operation. Those of one server sort as text and in the order of its writes; across servers they do not.
 */
const FORM = /^(\d{14}\.\d{6})Z#[0-9a-f]{6}#([0-9a-f]{3})#[0-9a-f]{6}$/i;

/** The newest CSN of each server: server id → CSN. Replicas of one directory agree on it, whichever of them answers. */
export type CsnVector = Record<string, string>;

export const isCsn = (text: string): boolean => FORM.test(text);

export function serverOf(csn: string): string {
	return match(csn)[2] ?? '';
}

/** ISO 8601 with microseconds cut to milliseconds. */
export function timeOfCsn(csn: string): string {
	const digits = match(csn)[1] ?? '';
	const [date, time] = [digits.slice(0, 8), digits.slice(8)];
	return `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}T${time.slice(0, 2)}:${time.slice(2, 4)}:${time.slice(4, 6)}.${time.slice(7, 10)}Z`;
}

export function vectorOf(csns: readonly string[]): CsnVector {
	return csns.reduce<CsnVector>(advance, {});
}

/** A new vector that also covers this CSN. */
export function advance(vector: CsnVector, csn: string): CsnVector {
	return covers(vector, csn) ? vector : { ...vector, [serverOf(csn)]: csn };
}

export function covers(vector: CsnVector, csn: string): boolean {
	const known = vector[serverOf(csn)];
	return known !== undefined && csn <= known;
}

/** What must be searched from; undefined = from the beginning. */
export function lowest(vector: CsnVector): string | undefined {
	return Object.values(vector).sort()[0];
}

function match(csn: string): RegExpExecArray {
	const found = FORM.exec(csn);
	if (found) return found;
	throw new DomainError(`"${csn.slice(0, 60)}" is not a change sequence number`, {
		advice: 'The access log is not one that OpenLDAP wrote. Check the server family in the credential.',
		recovery: 'abort',
		failure: 'configuration-invalid',
	});
}
