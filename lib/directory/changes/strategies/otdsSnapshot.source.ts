import type { Group } from '../../directory.types';
import { isSecretAttribute } from '../../ldap/attributeName';
import type { OtdsConnection, OtdsObject, OtdsPage } from '../../otds/otds.types';
import { accountStateOf, groupOf, membershipsOf, personOf, valuesOf } from '../../otds/otdsObject';
import { isOutOfSight } from '../../otds/otdsLookup';
import { addressesOf } from '../../otds/otdsPersons';
import type { Snapshot } from '../changes.types';
import type { WatchScope } from '../event.types';
import { digest } from '../eventId';
import { isBookkeepingAttribute } from './bookkeepingAttributes';
import { shownValue } from './shownValue';
import type { SeenEntry, SnapshotPage, SnapshotSource } from './snapshotSource.types';

/** What has to be remembered so that the ticked events can be told: nothing else is. */
interface Remembered {
	/** Of those who may be told as deleted: their name and place, and what the conditions judge by. */
	departures: boolean;
	memberships: boolean;
	/** Lower case; 'all' = whatever a person's entry holds; [] = none. */
	news: 'all' | readonly string[];
	/** Lower case. */
	conditions: readonly string[];
}

/**
 * Users and groups as OTDS lists them. Memberships are read from the user's side (oTMemberOf), which names groups only: who is in a
 * role is not told there.
 */
export class OtdsSnapshotSource implements SnapshotSource {
	readonly #remembered: Remembered;
	/** What the scope judges by, and what it watches. */
	readonly asked: readonly string[];
	#groups: ReadonlyMap<string, Group> = new Map();
	/** Whether groups were looked for a second time during this walk. */
	#isGroupsComplete = false;

	constructor(
		private readonly connection: OtdsConnection,
		scope: WatchScope,
	) {
		this.#remembered = remembered(scope);
		this.asked = [...scope.conditions.map(({ attribute }) => attribute), ...scope.attributes];
	}

	/** What stored state depends on besides the directory. */
	get scopeKey(): string {
		const { partitions, passwordResetAttribute } = this.connection.settings;
		return digest([
			JSON.stringify([...partitions].sort()),
			passwordResetAttribute,
			JSON.stringify(this.#remembered),
		]);
	}

	async *walk(): AsyncIterable<SnapshotPage> {
		this.#isGroupsComplete = false;
		if (this.#remembered.memberships) yield* this.#walkGroups();
		for await (const page of this.connection.walk('users', {}))
			yield this.#page(page, (object) => this.seenUser(object));
	}

	/** One that is not known may have been made since the groups were walked: once a walk they are walked again. */
	async group(entryId: string): Promise<Group | undefined> {
		if (!this.#groups.has(entryId) && !this.#isGroupsComplete) {
			for await (const page of this.#walkGroups()) void page;
			this.#isGroupsComplete = true;
		}
		return this.#groups.get(entryId);
	}

	/**
	 * By the name under which they were known: that OTDS finds an object by its uuid is not documented. Whom the login may not see has
	 * left its sight; that alone is no deletion.
	 */
	async isGone(entryId: string, { name, dn }: Snapshot): Promise<boolean> {
		if (name === undefined) return false;
		const addresses = addressesOf({ id: entryId, dn, username: name }).filter((one) => one !== entryId);
		for (const address of addresses) {
			try {
				if ((await this.connection.object('users', address))?.uuid === entryId) return false;
			} catch (error) {
				if (isOutOfSight(error)) return false;
				throw error;
			}
		}
		return true;
	}

	isNews(attribute: string): boolean {
		const { news } = this.#remembered;
		return news === 'all' ? !this.#isOwn(attribute) : news.includes(attribute);
	}

	seenUser(object: OtdsObject): SeenEntry {
		const { settings } = this.connection;
		const asked = this.asked;
		// Most entries of most walks are only compared: what is shown of them is made when it is asked for.
		return {
			entryId: object.uuid,
			snapshot: this.#snapshotOf(object),
			get createdAt() {
				return timeOf(object, 'createTimestamp');
			},
			get modifiedAt() {
				return timeOf(object, 'modifyTimestamp');
			},
			get person() {
				return personOf(object, settings, asked);
			},
		};
	}

	#snapshotOf(object: OtdsObject): Snapshot {
		const { departures, memberships } = this.#remembered;
		return {
			dn: departures ? object.location : '',
			kind: 'person',
			name: departures ? object.name : undefined,
			account: accountStateOf(object, this.connection.settings),
			attributes: this.#attributesOf(object),
			members: [],
			memberOf: memberships ? membershipsOf(object).sort() : undefined,
		};
	}

	async *#walkGroups(): AsyncIterable<SnapshotPage> {
		const groups = new Map<string, Group>();
		for await (const page of this.connection.walk('groups', {})) {
			for (const object of page.objects) groups.set(object.uuid, groupOf(object, 'group'));
			yield this.#page(page, (object) => this.#seenGroup(object));
		}
		this.#groups = groups;
	}

	#seenGroup(object: OtdsObject): SeenEntry {
		return {
			entryId: object.uuid,
			snapshot: {
				dn: object.location,
				kind: 'group',
				name: object.name,
				account: { enabled: 'unknown', locked: 'unknown', passwordResetRequired: 'unknown' },
				attributes: {},
				members: [],
			},
			group: groupOf(object, 'group'),
		};
	}

	#page(page: OtdsPage, seen: (object: OtdsObject) => SeenEntry): SnapshotPage {
		return {
			fingerprint: page.fingerprint,
			get entryIds() {
				return page.objects.map(({ uuid }) => uuid);
			},
			entries: () => page.objects.map(seen),
		};
	}

	#attributesOf(object: OtdsObject): Record<string, string[]> {
		const { news, conditions } = this.#remembered;
		const names = news === 'all' ? Object.keys(object.attributes) : [...news, ...conditions];
		const kept = names
			.map((name): [string, string] => [name.toLowerCase(), name])
			.filter(
				([key]) =>
					!isSecretAttribute(key) && (news !== 'all' || !this.#isOwn(key) || conditions.includes(key)),
			)
			.map(([key, name]): [string, string[]] => [key, valuesOf(object, name).map(shownText).sort()]);
		return Object.fromEntries(kept.filter(([, values]) => values.length > 0));
	}

	/** Told in other ways, or written by the server or by us: no news of a person. */
	#isOwn(attribute: string): boolean {
		const { passwordResetAttribute, devicesAttribute, acknowledgmentsAttribute } = this.connection.settings;
		const own = [passwordResetAttribute, devicesAttribute, acknowledgmentsAttribute];
		return (
			STATE_ATTRIBUTES.has(attribute) ||
			isBookkeepingAttribute(attribute) ||
			own.some((name) => name.toLowerCase() === attribute)
		);
	}
}

const STATE_ATTRIBUTES = new Set([
	'accountdisabled',
	'accountlockedout',
	'pwdreset',
	'usermustchangepasswordatnextsignin',
]);

function remembered({ events, attributes, conditions }: WatchScope): Remembered {
	const departures = events.has('user.deleted') || events.has('group.memberRemoved');
	const names = attributes.map((name) => name.toLowerCase()).sort();
	const whatever = names.length > 0 ? names : 'all';
	return {
		departures,
		memberships: events.has('group.memberAdded') || events.has('group.memberRemoved'),
		news: events.has('user.updated') ? whatever : [],
		conditions: departures ? conditions.map(({ attribute }) => attribute.toLowerCase()).sort() : [],
	};
}

const shownText = (value: string): string => shownValue('', Buffer.from(value));

/** undefined for what is no time. */
export function timeOf(object: OtdsObject, attribute: string): string | undefined {
	const milliseconds = Date.parse(valuesOf(object, attribute)[0] ?? '');
	return Number.isNaN(milliseconds) ? undefined : new Date(milliseconds).toISOString();
}
