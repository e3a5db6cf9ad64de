import type { Group, Person } from '../../directory.types';
import { isSecretAttribute } from '../../attributeName';
import type { OtdsConnection, OtdsObject, OtdsPage } from '../../otds/otds.types';
import { accountStateOf, groupOf, membershipsOf, personOf, valuesOf } from '../../otds/otdsObject';
import { isOutOfSight, objectAt } from '../../otds/otdsLookup';
import { recordsIn } from '../../otds/otdsPersonAttributes';
import { addressesOf } from '../../otds/otdsPersons';
import type { Snapshot } from '../changes.types';
import { describedDevice } from '../../devices/deviceRecord';
import type { EventKind, WatchScope } from '../event.types';
import { digest } from '../eventId';
import { isBookkeepingAttribute } from './bookkeepingAttributes';
import type { FoundRole } from './otdsRoles';
import { RoleMembers } from './otdsRoles';
import { HAS_DEVICE } from './snapshotChange';
import { shownValue } from './shownValue';
import type { SeenEntry, SnapshotPage, SnapshotSource } from './snapshotSource.types';

/** What has to be remembered so that the ticked events can be told: nothing else is. */
interface Remembered {
	/** Of those who may be told as deleted: their name and place, and what the conditions judge by. */
	departures: boolean;
	/** Where entries stand: they may be told as moved, and it is by their place that they are members. */
	places: boolean;
	/** For their own sake, or for the memberships in them. */
	groups: boolean;
	memberships: boolean;
	/** Whether people have a device. */
	devices: boolean;
	/** Lower case; 'all' = whatever a person's entry holds; [] = none. */
	news: 'all' | readonly string[];
	/** Lower case. */
	conditions: readonly string[];
}

/**
 * Users and groups as OTDS lists them. Memberships are read from the side of the member (oTMemberOf), which names groups only: the
 * members of watched roles are asked for before each walk.
 */
export class OtdsSnapshotSource implements SnapshotSource {
	readonly #remembered: Remembered;
	/** What the scope judges by, and what it watches. */
	readonly asked: readonly string[];
	#groups: ReadonlyMap<string, Group> = new Map();
	/** Whether groups were looked for a second time during this walk. */
	#isGroupsComplete = false;
	#roles: RoleMembers;

	/** @param roles the watched ones */
	constructor(
		private readonly connection: OtdsConnection,
		scope: WatchScope,
		private readonly roles: readonly FoundRole[] = [],
	) {
		this.#remembered = remembered(scope, connection.settings.devicesAttribute);
		this.#roles = new RoleMembers(roles);
		this.asked = [...scope.conditions.map(({ attribute }) => attribute), ...scope.attributes];
	}

	/** What stored state depends on besides the directory. */
	get scopeKey(): string {
		const { partitions, passwordResetAttribute, devicesAttribute } = this.connection.settings;
		return digest([
			JSON.stringify([...partitions].sort()),
			passwordResetAttribute,
			JSON.stringify(this.#remembered),
			this.#remembered.devices ? devicesAttribute.toLowerCase() : '',
			...this.roles.map(({ group }) => group.id).sort(),
		]);
	}

	async *walk(): AsyncIterable<SnapshotPage> {
		this.#isGroupsComplete = false;
		await this.readRoles();
		if (this.#remembered.groups) yield* this.#walkGroups();
		for await (const page of this.connection.walk('users', {}))
			yield this.#page(page, (object) => this.seenUser(object));
	}

	/** Who is in the watched roles now. */
	async readRoles(): Promise<void> {
		this.#roles = await RoleMembers.read(this.connection, this.roles);
	}

	/** One that is not known may have been made since the groups were walked: once a walk they are walked again. */
	async group(entryId: string): Promise<Group | undefined> {
		const role = this.roles.find(({ group }) => group.id === entryId);
		if (role) return role.group;
		if (!this.#groups.has(entryId) && !this.#isGroupsComplete) {
			for await (const page of this.#walkGroups()) void page;
			this.#isGroupsComplete = true;
		}
		return this.#groups.get(entryId);
	}

	/** As the last walk met it: no request. */
	knownGroup(entryId: string): Group | undefined {
		return this.#groups.get(entryId);
	}

	/**
	 * By the name under which they were known: that OTDS finds an object by its uuid is not documented, and only a find is believed.
	 * What the login may not see has left its sight; that alone is no deletion.
	 */
	async isGone(entryId: string, { kind, name, dn }: Snapshot): Promise<boolean> {
		if (name === undefined) return false;
		const collection = kind === 'group' ? 'groups' : 'users';
		const addresses = addressesOf({ id: entryId, dn, username: name }).filter((one) => one !== entryId);
		for (const address of addresses) {
			try {
				if ((await this.connection.object(collection, address))?.uuid === entryId) return false;
			} catch (error) {
				if (isOutOfSight(error)) return false;
				throw error;
			}
		}
		return (await objectAt(this.connection, collection, entryId))?.uuid !== entryId;
	}

	isNews(attribute: string): boolean {
		const { news } = this.#remembered;
		return news === 'all' ? !this.#isOwn(attribute) : news.includes(attribute);
	}

	seenUser(object: OtdsObject): SeenEntry {
		const { settings } = this.connection;
		return new SeenUser(object, this.#snapshotOf(object), () => personOf(object, settings, this.asked));
	}

	#snapshotOf(object: OtdsObject): Snapshot {
		const { departures, places } = this.#remembered;
		return {
			dn: places ? object.location : '',
			kind: 'person',
			name: departures || places ? object.name : undefined,
			account: accountStateOf(object, this.connection.settings),
			attributes: { ...this.#attributesOf(object), ...this.#deviceOf(object) },
			members: [],
			memberOf: this.#memberOf(object),
		};
	}

	#memberOf(object: OtdsObject): string[] | undefined {
		if (!this.#remembered.memberships) return undefined;
		return [...membershipsOf(object), ...this.#roles.rolesOf(object.uuid)].sort();
	}

	/** What a device is must never be kept: only that there is one. */
	#deviceOf(object: OtdsObject): Record<string, string[]> {
		if (!this.#remembered.devices) return {};
		const values = valuesOf(object, this.connection.settings.devicesAttribute).flatMap(recordsIn);
		const isOwn = (personId: string | undefined): boolean =>
			personId === undefined || personId === object.uuid;
		const hasOne = values.map(describedDevice).some((device) => device && isOwn(device.personId));
		return hasOne ? { [HAS_DEVICE]: ['true'] } : {};
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
				memberOf: this.#memberOf(object),
			},
			createdAt: timeOf(object, 'createTimestamp'),
			modifiedAt: timeOf(object, 'modifyTimestamp'),
			group: groupOf(object, 'group'),
		};
	}

	#page(page: OtdsPage, seen: (object: OtdsObject) => SeenEntry): SnapshotPage {
		return {
			fingerprint: `${page.fingerprint}${this.#roles.fingerprint}`,
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
			.map(([key, name]): [string, string[]] => [
				key,
				valuesOf(object, name).filter(isNoDevice).map(shownText).sort(),
			]);
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

/** Most entries of most walks are only compared: what is shown of them is made when it is asked for. */
class SeenUser implements SeenEntry {
	constructor(
		private readonly object: OtdsObject,
		readonly snapshot: Snapshot,
		private readonly shown: () => Person,
	) {}

	get entryId(): string {
		return this.object.uuid;
	}

	get createdAt(): string | undefined {
		return timeOf(this.object, 'createTimestamp');
	}

	get modifiedAt(): string | undefined {
		return timeOf(this.object, 'modifyTimestamp');
	}

	get person(): Person {
		return this.shown();
	}
}

const STATE_ATTRIBUTES = new Set([
	'accountdisabled',
	'accountlockedout',
	'pwdreset',
	'usermustchangepasswordatnextsignin',
]);

/** Told, or concluded from, by who is in which group. */
const MEMBERSHIP_EVENTS: readonly EventKind[] = [
	'group.memberAdded',
	'group.memberRemoved',
	'security.privilegedAccessGranted',
	'security.privilegedAccessRevoked',
	'security.unusualGroupChange',
];

function remembered({ events, attributes, conditions }: WatchScope, devicesAttribute: string): Remembered {
	const has = (...kinds: readonly EventKind[]): boolean => kinds.some((kind) => events.has(kind));
	const memberships = has(...MEMBERSHIP_EVENTS);
	const departures = memberships || has('user.deleted');
	const names = attributes.map((name) => name.toLowerCase()).sort();
	const whatever = names.length > 0 ? names : 'all';
	return {
		departures,
		places: departures || has('user.moved'),
		groups: memberships || has('group.created', 'group.deleted'),
		memberships,
		devices: devicesAttribute !== '' && has('user.firstDeviceRegistered'),
		news: has('user.updated') ? whatever : [],
		conditions: departures ? conditions.map(({ attribute }) => attribute.toLowerCase()).sort() : [],
	};
}

/** An attribute that held devices before the credential named another one still holds their tokens. */
const isNoDevice = (value: string): boolean =>
	!value.startsWith('{') || !recordsIn(value).some((record) => describedDevice(record) !== undefined);

const shownText = (value: string): string => shownValue('', Buffer.from(value));

/** undefined for what is no time. */
export function timeOf(object: OtdsObject, attribute: string): string | undefined {
	const milliseconds = Date.parse(valuesOf(object, attribute)[0] ?? '');
	return Number.isNaN(milliseconds) ? undefined : new Date(milliseconds).toISOString();
}
