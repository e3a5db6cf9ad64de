import { folded } from '../names.ts';
import type { OtdsStore } from '../otdsStore.ts';
import type { StoredObject } from '../stored.types.ts';

/** People that one look shows; the filter finds the others. */
const SHOWN_PEOPLE = 100;

interface ShownPerson {
	uuid: string;
	id: string;
	name: string;
	partition: string;
	orgUnit: string;
	work: string;
	disabled: boolean;
	locked: boolean;
	mustReset: boolean;
	lastLoginAt: string | undefined;
	groups: Array<{ uuid: string; name: string }>;
}

export interface ConsoleState {
	partitions: Array<{ name: string; synchronized: boolean; orgUnits: string[] }>;
	groups: Array<{ uuid: string; name: string; partition: string; members: number }>;
	people: ShownPerson[];
	/** How many fit the filter. */
	found: number;
}

const STATES: Record<string, (user: StoredObject) => boolean> = {
	enabled: (user) => !flag(user, 'accountDisabled'),
	disabled: (user) => flag(user, 'accountDisabled'),
	locked: (user) => flag(user, 'accountLockedOut'),
	reset: mustReset,
};

/** What the page shows. @param filter `text`, `partition`, `state`; empty = all */
export function consoleState(store: OtdsStore, filter: URLSearchParams): ConsoleState {
	const fits = filterOf(filter);
	const people: ShownPerson[] = [];
	let found = 0;
	for (const user of store.objects('users')) {
		if (!fits(user)) continue;
		found++;
		if (people.length < SHOWN_PEOPLE) people.push(shownPerson(store, user));
	}
	return {
		partitions: [...store.partitions.values()]
			.filter(({ listed }) => listed)
			.map(({ name, synchronized, orgUnits }) => ({ name, synchronized, orgUnits: [...orgUnits.keys()] })),
		groups: [...store.objects('groups')].map(({ uuid, name, partition, members }) => ({
			uuid,
			name,
			partition,
			members: members.size,
		})),
		people,
		found,
	};
}

function filterOf(filter: URLSearchParams): (user: StoredObject) => boolean {
	const text = folded(filter.get('text') ?? '');
	const partition = filter.get('partition') ?? '';
	const wanted = filter.get('state') ?? '';
	const inState = Object.hasOwn(STATES, wanted) ? STATES[wanted] : undefined;
	return (user) =>
		(partition === '' || user.partition === partition) &&
		(inState?.(user) ?? true) &&
		(text === '' || folded(`${nameOf(user)} ${user.id} ${workOf(user)}`).includes(text));
}

const shownPerson = (store: OtdsStore, user: StoredObject): ShownPerson => ({
	uuid: user.uuid,
	id: user.id,
	name: nameOf(user),
	partition: user.partition,
	orgUnit: user.orgUnit,
	work: workOf(user),
	disabled: flag(user, 'accountDisabled'),
	locked: flag(user, 'accountLockedOut'),
	mustReset: mustReset(user),
	lastLoginAt: user.lastLoginAt,
	groups: [...user.memberOf].filter(store.isGroup).map((uuid) => ({ uuid, name: store.get(uuid).name })),
});

const nameOf = (user: StoredObject): string => user.attributes.get('displayName')?.[0] ?? user.name;

const workOf = ({ attributes }: StoredObject): string =>
	['title', 'oTDepartment']
		.map((name) => attributes.get(name)?.[0])
		.filter((value) => value !== undefined)
		.join(', ');

const flag = ({ attributes }: StoredObject, name: string): boolean => attributes.get(name)?.[0] === 'true';

function mustReset(user: StoredObject): boolean {
	return flag(user, 'pwdReset') || flag(user, 'UserMustChangePasswordAtNextSignIn');
}
