import type { JsonValue, MemberValue, Snapshot } from '../directory/changes/changes.types';
import type { Known } from '../directory/directory.types';

/** Stands for the entry's own id in a DN: no DN holds it. */
const OWN_ID = '\u0000';
const FLAGS = ['n', 'y', 'u'] as const;
const LETTERS = { person: 'p', group: 'g', device: 'd' } as const;

/**
 * `["p", "yny", dn, name, memberOf, generation, attributes, members]` as JSON, without what is absent at its end. A number in place of a
 * DN, and each of memberOf, is a word.
 */
export function packedSnapshot(
	entryId: string,
	snapshot: Snapshot,
	wordOf: (text: string) => number,
): string {
	const { dn, kind, name, account, attributes, members, memberOf, generation } = snapshot;
	const isShared = entryId !== '' && dn.includes(entryId) && !dn.includes(OWN_ID);
	const flags = [account.enabled, account.locked, account.passwordResetRequired].map(flagOf).join('');
	const parts: Array<JsonValue | Snapshot['attributes'] | MemberValue[]> = [
		`${LETTERS[kind]}${flags}`,
		isShared ? wordOf(dn.replaceAll(entryId, OWN_ID)) : dn,
		name ?? 0,
		memberOf?.map(wordOf) ?? 0,
		generation ?? 0,
		Object.keys(attributes).length > 0 ? attributes : 0,
		members.length > 0 ? members : 0,
	];
	while (parts.at(-1) === 0) parts.pop();
	return JSON.stringify(parts);
}

/** undefined for what is not what was written. */
export function unpackedSnapshot(
	entryId: string,
	packed: string,
	textOf: (word: number) => string | undefined,
): Snapshot | undefined {
	const parts = parsed(packed);
	if (!Array.isArray(parts)) return undefined;
	const [head, place, name = 0, memberOf = 0, generation = 0, attributes = 0, members = 0] = parts;
	const dn = typeof place === 'number' ? textOf(place)?.replaceAll(OWN_ID, entryId) : place;
	const groups = memberOf === 0 ? undefined : textsOf(memberOf, textOf);
	if (typeof head !== 'string' || typeof dn !== 'string' || groups === null) return undefined;
	const known = membersOf(members);
	const values = attributesOf(attributes);
	if (values === null || known === null) return undefined;
	const [kind, enabled, locked, reset] = head;
	return {
		dn,
		kind: kindOf(kind),
		...(typeof name === 'string' ? { name } : {}),
		account: {
			enabled: knownOf(enabled),
			locked: knownOf(locked),
			passwordResetRequired: knownOf(reset),
		},
		attributes: values,
		members: known,
		...(groups ? { memberOf: groups } : {}),
		...(typeof generation === 'number' && generation > 0 ? { generation } : {}),
	};
}

/** null = not what was written. */
function attributesOf(json: JsonValue): Snapshot['attributes'] | null {
	if (json === 0) return {};
	if (typeof json !== 'object' || json === null || Array.isArray(json)) return null;
	const entries = Object.entries(json).filter((entry): entry is [string, string[]] => isTexts(entry[1]));
	return entries.length === Object.keys(json).length ? Object.fromEntries(entries) : null;
}

const isTexts = (value: JsonValue): value is string[] =>
	Array.isArray(value) && value.every((text) => typeof text === 'string');

/** null = not what was written. */
function membersOf(json: JsonValue): MemberValue[] | null {
	if (json === 0) return [];
	if (!Array.isArray(json)) return null;
	const members = json.map((member): MemberValue | null => {
		if (typeof member !== 'object' || member === null || Array.isArray(member)) return null;
		const { value, is } = member;
		return typeof value === 'string' && (is === 'dn' || is === 'username') ? { value, is } : null;
	});
	return members.every((member) => member !== null) ? members : null;
}

/** null = a word is missing. */
function textsOf(ids: JsonValue, textOf: (word: number) => string | undefined): string[] | null {
	if (!Array.isArray(ids)) return null;
	const texts = ids.map((id) => (typeof id === 'number' ? textOf(id) : undefined));
	return texts.every((text) => text !== undefined) ? texts : null;
}

const kindOf = (letter: string | undefined): Snapshot['kind'] =>
	letter === LETTERS.person ? 'person' : letter === LETTERS.device ? 'device' : 'group';

const flagOf = (value: Known<boolean>): string => FLAGS[value === 'unknown' ? 2 : Number(value)] ?? 'u';

const knownOf = (flag: string | undefined): Known<boolean> =>
	flag === 'y' ? true : flag === 'n' ? false : 'unknown';

function parsed(json: string): JsonValue | undefined {
	try {
		return JSON.parse(json) as JsonValue;
	} catch (error) {
		if (error instanceof SyntaxError) return undefined;
		throw error;
	}
}
