import type { Json } from '../fcm/json.types.ts';
import { parseJson, textAt } from '../fcm/json.types.ts';
import type { OtdsSimulator } from '../otds/otdsSimulator.types.ts';
import type { StoredKind, StoredObject } from '../otds/stored.types.ts';
import type {
	NewDevice,
	NewPerson,
	SandboxAcknowledgment,
	SandboxDirectory,
	SandboxPerson,
} from './sandboxDirectory.types.ts';

/** Of the simulator's partitions the one that is kept there. */
export const PARTITION = 'Staff';
export const DEVICES_ATTRIBUTE = 'custom:pushDevices';
export const ACKNOWLEDGMENTS_ATTRIBUTE = 'custom:acknowledgments';
/** Holds the uuid of the manager: OTDS has no attribute for managers. */
export const MANAGER_ATTRIBUTE = 'oTExtraAttr0';

/**
 * The OTDS simulator. Keys are uuids. Acts on what the simulator holds instead of over REST, so that its log shows the pack's
 * requests only, and so that nobody who polls sees half of a change.
 */
export function openOtdsSandbox(simulator: OtdsSimulator): SandboxDirectory {
	const here = (kind: StoredKind): StoredObject[] =>
		simulator
			.allStored(kind)
			.filter(({ partition }) => partition === PARTITION)
			.sort((one, other) => shownName(one).localeCompare(shownName(other)));
	const keyOf = (kind: StoredKind, wanted: string): string => {
		const found = here(kind).find(({ name }) => name.toLowerCase() === wanted.toLowerCase());
		if (!found) throw new Error(`The directory has no ${kind === 'users' ? 'user' : 'group'} "${wanted}"`);
		return found.uuid;
	};
	return {
		personKey: async (uid) => keyOf('users', uid),
		groupKey: async (name) => keyOf('groups', name),
		sameKey: (one, other) => one === other,
		people: async () => here('users').map(personOf),
		groups: async () =>
			here('groups').map(({ uuid, name, members }) => ({ key: uuid, name, members: [...members] })),
		acknowledgments: async () =>
			here('users')
				.flatMap(acknowledgmentsOf)
				.sort((one, other) => one.at.localeCompare(other.at)),
		async addPerson(person, devices) {
			const manager = person.manager === undefined ? undefined : keyOf('users', person.manager);
			const { uuid } = simulator.addUser(PARTITION, {
				name: person.uid,
				attributes: attributesOf(person, manager),
			});
			// Records name their person, whose uuid is known only now; no request comes in between.
			if (devices.length > 0) {
				const records = devices.map((device) => deviceRecord(device, uuid));
				simulator.setAttribute(uuid, DEVICES_ATTRIBUTE, records);
			}
			return uuid;
		},
		async addGroup(name, description, members) {
			const { uuid } = simulator.addGroup(PARTITION, { name, description });
			for (const member of members) simulator.addMember(uuid, member);
		},
		addMember: async (group, member) => simulator.addMember(group, member),
		removeMember: async (group, member) => simulator.removeMember(group, member),
		setEnabled: async (person, enabled) => simulator.setEnabled(person, enabled),
		close: async () => undefined,
	};
}

const first = ({ attributes }: StoredObject, name: string): string => attributes.get(name)?.[0] ?? '';

const shownName = (object: StoredObject): string => first(object, 'displayName') || object.name;

function attributesOf(person: NewPerson, manager: string | undefined): Record<string, string[]> {
	const { uid, givenName, surname, title, department, site, language } = person;
	return {
		displayName: [`${givenName} ${surname}`],
		givenName: [givenName],
		sn: [surname],
		mail: [`${uid}@example.org`],
		title: [title],
		oTDepartment: [department],
		l: [site],
		...(language === undefined ? {} : { preferredLanguage: [language] }),
		...(manager === undefined ? {} : { [MANAGER_ATTRIBUTE]: [manager] }),
	};
}

/** As the server of an app would write it for the pack to read: docs/directory-node.md. */
function deviceRecord({ token, platform, app }: NewDevice, personId: string): string {
	const now = new Date().toISOString();
	return JSON.stringify({ is: 'device', token, platform, app, registeredAt: now, lastSeenAt: now, personId });
}

const personOf = (user: StoredObject): SandboxPerson => ({
	key: user.uuid,
	uid: user.name,
	name: shownName(user),
	title: first(user, 'title'),
	department: first(user, 'oTDepartment'),
	site: first(user, 'l'),
	enabled: first(user, 'accountDisabled') !== 'true',
});

function acknowledgmentsOf({ uuid, attributes }: StoredObject): SandboxAcknowledgment[] {
	return (attributes.get(ACKNOWLEDGMENTS_ATTRIBUTE) ?? []).map((text) => {
		const record: Json = parseJson(text) ?? null;
		return {
			messageId: textAt(record, 'messageId') ?? '',
			personKey: uuid,
			action: textAt(record, 'action') ?? '',
			at: textAt(record, 'at') ?? '',
		};
	});
}
