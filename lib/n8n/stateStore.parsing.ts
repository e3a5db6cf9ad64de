import type { JsonValue, Snapshot } from '../directory/changes/changes.types';
import type { Gap, WatchPosition, WatchState } from '../directory/changes/stateStore.types';

type JsonObject = { [key: string]: JsonValue };

/** What was stored, checked part by part; undefined when any part is not what this package writes. */
export function parseState(parts: ReadonlyMap<string, string>): WatchState | undefined {
	const delivered = parts.has('delivered') ? parseJson(parts.get('delivered')) : [];
	if (!isTexts(delivered)) return undefined;
	const state: WatchState = { delivered };
	for (const [part, json] of parts) {
		const value = parseJson(json);
		if (part === 'delivered') continue;
		else if (part === 'position' && isPosition(value)) state.position = value;
		else if (part === 'attempt' && isAttempt(value)) state.attempt = value;
		else if (part === 'outage' && isOutage(value)) state.outage = value;
		else if (part === 'heldBack' && typeof value === 'string') state.heldBack = value;
		else if (part === 'gap' && isGap(value)) state.gap = value;
		else return undefined;
	}
	return state;
}

/** A snapshot that cannot be read is no snapshot: the entry then counts as not seen before. */
export function parseSnapshot(json: string): Snapshot | undefined {
	const value = parseJson(json);
	return isObject(value) && isSnapshot(value) ? value : undefined;
}

/** undefined = no JSON. */
export function parseJson(json: string | undefined): JsonValue | undefined {
	try {
		return json === undefined ? undefined : (JSON.parse(json) as JsonValue);
	} catch (error) {
		if (error instanceof SyntaxError) return undefined;
		throw error;
	}
}

const isObject = (value: unknown): value is JsonObject =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

const isTexts = (value: unknown): value is string[] =>
	Array.isArray(value) && value.every((item) => typeof item === 'string');

function isPosition(value: unknown): value is WatchPosition {
	if (!isObject(value)) return false;
	const texts = [value.directoryId, value.strategy, value.scopeKey];
	return texts.every((text) => typeof text === 'string') && value.cursor !== undefined;
}

const isAttempt = (value: unknown): value is NonNullable<WatchState['attempt']> =>
	isObject(value) && isTexts(value.eventIds) && typeof value.count === 'number';

const isOutage = (value: unknown): value is NonNullable<WatchState['outage']> =>
	isObject(value) && typeof value.since === 'string' && typeof value.reported === 'boolean';

const isGap = (value: unknown): value is Gap =>
	isObject(value) &&
	typeof value.reason === 'string' &&
	typeof value.intended === 'boolean' &&
	(value.reconciling === undefined || typeof value.reconciling === 'boolean');

function isSnapshot(value: unknown): value is Snapshot {
	if (!isObject(value)) return false;
	const { dn, kind, account, attributes, members } = value;
	return (
		typeof dn === 'string' &&
		(kind === 'person' || kind === 'group' || kind === 'device') &&
		isObject(account) &&
		isObject(attributes) &&
		Array.isArray(members)
	);
}
