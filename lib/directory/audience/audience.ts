import type { DeviceStore, Recipient } from '../devices/device.types';
import { recipientOf } from '../devices/recipient';
import type { DirectoryClient } from '../directory.client';
import type { EntryReference, FoundPerson, PersonQuery } from '../directory.types';
import { lookUpGroup } from '../groupLookup';
import type { AudienceGroup, AudienceRule } from './audience.types';
import { checkRule } from './audienceRule';

/** Persons whose devices are looked up together: one search a hundred, instead of one a person. */
const PERSONS_A_LOOKUP = 100;

export interface AudienceSources {
	client: Pick<DirectoryClient, 'persons' | 'group'>;
	devices: Pick<DeviceStore, 'devicesOf'>;
}

/**
 * Streams one recipient a person, however many of the groups they are in. Holds the ids found so far and one lookup's worth
 * of persons, nothing else. @throws DomainError for a rule without a condition, and for a group that does not exist.
 */
export async function* findAudience(sources: AudienceSources, rule: AudienceRule): AsyncIterable<Recipient> {
	checkRule(rule);
	const query = await queryOf(sources.client, rule);
	const limit = rule.limit ?? Number.POSITIVE_INFINITY;
	// Everyone found counts unless devices decide: then no more are looked up than can still be wanted.
	const chunk = rule.onlyWithDevice ? PERSONS_A_LOOKUP : Math.min(PERSONS_A_LOOKUP, limit);
	let count = 0;
	for await (const found of inChunks(onePerPerson(sources.client.persons(query)), chunk)) {
		for (const recipient of await withDevices(sources.devices, found)) {
			if (rule.onlyWithDevice && recipient.devices.length === 0) continue;
			yield recipient;
			if (++count === limit) return;
		}
	}
}

/** What of the rule the directory cannot evaluate, so that everybody is read and judged here; a sentence, undefined = nothing. */
export function judgedHere(
	client: Pick<DirectoryClient, 'evaluatedHere'>,
	{ groups, nested, conditions }: AudienceRule,
): string | undefined {
	const memberOf = { groups: groups.map(({ reference }) => reference), nested };
	return client.evaluatedHere({ conditions, ...(groups.length > 0 ? { memberOf } : {}) });
}

async function queryOf(client: AudienceSources['client'], rule: AudienceRule): Promise<PersonQuery> {
	const query: PersonQuery = { onlyEnabled: rule.onlyEnabled, attributes: rule.attributes };
	if (rule.conditions.length > 0) query.conditions = rule.conditions;
	if (rule.groups.length > 0) {
		query.memberOf = { groups: await resolveGroups(client, rule.groups), nested: rule.nested };
	}
	return query;
}

/** A group that is gone must not look like a group without members. */
async function resolveGroups(
	client: AudienceSources['client'],
	groups: AudienceGroup[],
): Promise<EntryReference[]> {
	const resolved: EntryReference[] = [];
	for (const { reference, label } of groups) {
		const { dn } = await lookUpGroup(client, reference, label);
		resolved.push({ by: 'dn', value: dn });
	}
	return resolved;
}

async function* onePerPerson(persons: AsyncIterable<FoundPerson>): AsyncIterable<FoundPerson> {
	const seen = new Set<string>();
	for await (const found of persons) {
		if (seen.has(found.person.id)) continue;
		seen.add(found.person.id);
		yield found;
	}
}

async function* inChunks<T>(items: AsyncIterable<T>, size: number): AsyncIterable<T[]> {
	let chunk: T[] = [];
	for await (const item of items) {
		chunk.push(item);
		if (chunk.length < size) continue;
		yield chunk;
		chunk = [];
	}
	if (chunk.length > 0) yield chunk;
}

async function withDevices(devices: AudienceSources['devices'], found: FoundPerson[]): Promise<Recipient[]> {
	const owned = await devices.devicesOf(found.map(({ person }) => person));
	return found.map(({ person, why }) => recipientOf(person, owned.get(person.id) ?? [], why));
}
