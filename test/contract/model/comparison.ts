import type { Transition } from './transition';

/** What happened between two quiet points: each operation's transitions, and those that events told, in their order. */
export interface Interval {
	happened: Transition[][];
	told: Transition[];
}

const shown = ({ aspect, value }: Transition): string => `${aspect}: ${value}`;

/** Per person and group, all transitions and no others, in order; those of one operation in any order. Returns what is wrong. */
export function compareEach(intervals: readonly Interval[]): string[] {
	const happened = intervals.flatMap((interval) => interval.happened);
	const told = intervals.flatMap((interval) => interval.told);
	const entities = new Set([...happened.flat(), ...told].map(({ entity }) => entity));
	return [...entities].flatMap((entity) => {
		const rest = told.filter((one) => one.entity === entity).map(shown);
		const expected: string[] = [];
		const found: string[] = [];
		for (const operation of happened) {
			const wanted = operation.filter((one) => one.entity === entity).map(shown);
			expected.push(...wanted.sort());
			found.push(...rest.splice(0, wanted.length).sort());
		}
		found.push(...rest);
		const isSame = JSON.stringify(expected) === JSON.stringify(found);
		return isSame ? [] : [`${entity}\n  happened: ${expected.join(', ')}\n  told:     ${found.join(', ')}`];
	});
}

/**
 * The net of what happened between two quiet points, aspect by aspect: what is told leads from the value before to the value after,
 * by values that were really there, in their order. How an entry was set up before it was first seen belongs to its creation; what
 * it was changed to before it was last seen, to its end.
 */
export function compareNet(intervals: readonly Interval[]): string[] {
	const values = new Map<string, string>();
	return intervals.flatMap(({ happened, told }) => {
		const transitions = happened.flat();
		const keys = new Set([...transitions, ...told].map(({ entity, aspect }) => `${entity} ${aspect}`));
		const wrong = [...keys].flatMap((key) => {
			const real = valuesOf(transitions, key);
			const heard = valuesOf(told, key);
			const before = values.get(key) ?? firstValue(key);
			const [entity = ''] = key.split(' ');
			const borders = valuesOf(transitions, `${entity} exists`);
			const isLoose = borders.length > 0 && !key.endsWith(' exists') && !key.includes(' member ');
			return isNetOf(before, real, heard, isLoose)
				? []
				: [`${key}\n  before: ${before}\n  happened: ${real.join(', ')}\n  told:     ${heard.join(', ')}`];
		});
		for (const { entity, aspect, value } of transitions) values.set(`${entity} ${aspect}`, value);
		return wrong;
	});
}

const valuesOf = (transitions: readonly Transition[], key: string): string[] =>
	transitions.filter(({ entity, aspect }) => `${entity} ${aspect}` === key).map(({ value }) => value);

/** Before anything happened: nothing is there, and accounts are open. */
function firstValue(key: string): string {
	if (key.endsWith(' enabled')) return 'yes';
	return /( exists| locked| member \S+)$/.test(key) ? 'no' : '';
}

function isNetOf(before: string, real: string[], heard: string[], isLoose: boolean): boolean {
	let at = -1;
	let last = before;
	for (const value of heard) {
		at = real.indexOf(value, at + 1);
		if (at < 0 || value === last) return false;
		last = value;
	}
	return isLoose || last === (real.at(-1) ?? before);
}
