import type { JsonValue } from '../changes.types';
import type { ChangeEvent, SecurityFinding } from '../event.types';

const SAMPLE_SIZE = 10;
const GROUPS_SHOWN = 5;
/** A summary shows a few groups; with more than this many in one window, later ones are counted, but not listed. */
const GROUPS_COUNTED = 500;

type Sample = NonNullable<SecurityFinding['sample']>;

/** What is remembered of one window. */
export interface BulkWindow {
	/** Changes, without what followed from nesting. */
	count: number;
	/** Events that go into the next summary; 0 = none is waiting. */
	absorbed: number;
	/** Of all absorbed ones, those that followed from nesting. */
	nested: number;
	/** How many summaries were told. */
	told: number;
	/** ISO 8601, UTC. */
	first: string;
	last: string;
	byKind: Record<string, number>;
	groups: Array<{ id: string; name: string; changes: number }>;
	sample: Sample;
}

export const emptyWindow = (): BulkWindow => ({
	count: 0,
	absorbed: 0,
	nested: 0,
	told: 0,
	first: '',
	last: '',
	byKind: {},
	groups: [],
	sample: [],
});

/** What one change brought about through nesting is no change of its own. */
export const followsFromNesting = ({ group, nestedGroup }: ChangeEvent): boolean =>
	nestedGroup !== undefined || group?.membership === 'effective';

export function count(window: BulkWindow, event: ChangeEvent): void {
	if (window.first === '' || event.occurredAt < window.first) window.first = event.occurredAt;
	if (event.occurredAt > window.last) window.last = event.occurredAt;
	if (followsFromNesting(event)) return;
	window.count++;
	window.byKind[event.event] = (window.byKind[event.event] ?? 0) + 1;
	if (!event.group) return;
	const { id, name } = event.group;
	const known = window.groups.find((group) => group.id === id);
	if (known) known.changes++;
	else if (window.groups.length < GROUPS_COUNTED) window.groups.push({ id, name, changes: 1 });
}

export function absorb(window: BulkWindow, event: ChangeEvent): void {
	window.absorbed++;
	if (followsFromNesting(event)) window.nested++;
	if (window.sample.length >= SAMPLE_SIZE) return;
	window.sample.push({
		event: event.event,
		userId: event.user?.id ?? null,
		groupId: event.group?.id ?? null,
		occurredAt: event.occurredAt,
	});
}

export function findingOf(window: BulkWindow, limit: number): SecurityFinding {
	const { count: number, nested, first, last, byKind, groups, sample } = window;
	const kinds = Object.entries(byKind)
		.sort(([one, a], [other, b]) => b - a || (one < other ? -1 : 1))
		.map(([kind, changes]) => `${changes} ${kind}`);
	const through = nested > 0 ? `, and ${nested} memberships through nested groups` : '';
	return {
		explanation: `${number} changes (${kinds.join(', ')}) between ${first} and ${last}${through}: more than ${limit} are one summary`,
		count: number,
		limit,
		from: first,
		to: last,
		byKind,
		groups: [...groups]
			.sort((one, other) => other.changes - one.changes || (one.id < other.id ? -1 : 1))
			.slice(0, GROUPS_SHOWN),
		sample,
	};
}

export const rowOf = ({ byKind, groups, sample, ...rest }: BulkWindow): JsonValue => ({
	...rest,
	byKind: { ...byKind },
	groups: groups.map((group) => ({ ...group })),
	sample: sample.map((one) => ({ ...one })),
});

/** undefined for a row that is not ours. Times that are none are those of the window, which begins at `from`. */
export function windowOf(row: JsonValue, from: string): BulkWindow | undefined {
	if (typeof row !== 'object' || row === null || Array.isArray(row)) return undefined;
	const window = emptyWindow();
	window.count = numberIn(row.count);
	window.absorbed = numberIn(row.absorbed);
	window.nested = numberIn(row.nested);
	window.told = numberIn(row.told);
	window.first = timeIn(row.first) ?? from;
	window.last = timeIn(row.last) ?? from;
	for (const [kind, changes] of Object.entries(objectIn(row.byKind))) window.byKind[kind] = numberIn(changes);
	for (const group of listIn(row.groups)) {
		const { id, name, changes } = objectIn(group);
		window.groups.push({ id: textIn(id), name: textIn(name), changes: numberIn(changes) });
	}
	for (const one of listIn(row.sample)) {
		const { event, userId, groupId, occurredAt } = objectIn(one);
		window.sample.push({
			event: textIn(event),
			userId: typeof userId === 'string' ? userId : null,
			groupId: typeof groupId === 'string' ? groupId : null,
			occurredAt: textIn(occurredAt),
		});
	}
	return window;
}

const numberIn = (value: JsonValue | undefined): number => (typeof value === 'number' ? value : 0);
const textIn = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '');
const timeIn = (value: JsonValue | undefined): string | undefined =>
	Number.isNaN(Date.parse(textIn(value))) ? undefined : textIn(value);
const listIn = (value: JsonValue | undefined): JsonValue[] => (Array.isArray(value) ? value : []);
const objectIn = (value: JsonValue | undefined): Record<string, JsonValue> =>
	typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
