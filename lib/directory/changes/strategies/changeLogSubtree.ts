import { DomainError } from '../../../domain.errors';
import { buildDn, isDn, parseDn } from '../../distinguishedName';
import { equals } from '../../ldap/filter';
import type { LdapConnection } from '../../ldap/ldap.types';
import type { EntryChange, SnapshotReader } from '../changes.types';
import { liesBelow } from '../entryName';
import { digest } from '../eventId';
import { factsOf } from './changeLogPage';
import type { ChangeLogPages, LoggedPage } from './changeLogPage';
import type { ChangeLogRecord } from './changeLogRecord';
import type { EntryComparison } from './entryComparison';

const ENTRIES_A_PAGE = 500;
const NO_SUCH_OBJECT = '32';

/** The log tells of a renamed container alone: who lived below it is known from what is remembered. */
export async function* movedBelow(
	record: ChangeLogRecord,
	snapshots: SnapshotReader,
	comparison: EntryComparison,
	pages: ChangeLogPages,
): AsyncIterable<LoggedPage> {
	const { targetDn, newDn } = record;
	if (newDn === undefined) return;
	const isInside = liesBelow(newDn, comparison.describer.baseDn);
	for await (const ids of snapshots.entryIds()) {
		for (let start = 0; start < ids.length; start += ENTRIES_A_PAGE) {
			const known = await snapshots.get(ids.slice(start, start + ENTRIES_A_PAGE));
			const page: LoggedPage = { changes: [], snapshots: [] };
			for (const [entryId, snapshot] of known) {
				if (entryId === record.entryId || !liesBelow(snapshot.dn, targetDn)) continue;
				const dn = below(snapshot.dn, targetDn, newDn);
				page.snapshots.push({ entryId, snapshot: isInside ? { ...snapshot, dn } : undefined });
				if (snapshot.kind !== 'device') page.changes.push(move(record, entryId, snapshot.dn, dn));
			}
			if (page.snapshots.length === 0) continue;
			const changes = await pages.described(page.changes, (entryId) => known.get(entryId));
			yield { ...page, changes };
		}
	}
}

function move(record: ChangeLogRecord, entryId: string, previousDn: string, dn: string): EntryChange {
	return {
		...factsOf(record),
		changeId: digest([record.changeId, entryId]),
		operation: 'renamed',
		entryId,
		dn,
		previousDn,
		actor: null,
		attributes: [],
		members: { added: [], removed: [] },
	};
}

/** `uid=a,ou=x,dc=y` below `ou=x,dc=y`, renamed to `ou=z,dc=y` → `uid=a,ou=z,dc=y`. */
function below(dn: string, container: string, renamed: string): string {
	if (!isDn(dn) || !isDn(container)) return dn;
	const levels = parseDn(dn);
	const own = levels.slice(0, levels.length - parseDn(container).length);
	const written = own.map((level) => level.map((part) => buildDn([part], '')).join('+'));
	return [...written, renamed].join(',');
}

/** Ids of those below a container that came into the base: nobody remembers them yet. */
export async function idsBelow(
	dn: string,
	connection: LdapConnection,
	comparison: EntryComparison,
): Promise<string[]> {
	const ids: string[] = [];
	const names = comparison.describer.family.idAttributes.map(({ attribute }) => attribute);
	const request = {
		base: dn,
		scope: 'sub' as const,
		filter: comparison.filter,
		attributes: names,
		pageSize: 1000,
	};
	try {
		for await (const entry of connection.search(request)) ids.push(comparison.describer.idOf(entry));
	} catch (error) {
		// Gone or renamed again: later records tell.
		if (!(error instanceof DomainError) || error.code !== NO_SUCH_OBJECT) throw error;
	}
	return ids;
}

/** Of entries that were renamed: those that have others below them, as far as today shows. */
export async function parentsAmong(
	ids: readonly string[],
	connection: LdapConnection,
	{ describer }: EntryComparison,
): Promise<Set<string>> {
	const parents = new Set<string>();
	const [id] = describer.family.idAttributes;
	if (!id) return parents;
	for (const entryId of ids) {
		const search = {
			base: describer.baseDn,
			scope: 'sub' as const,
			filter: equals(id.attribute, entryId),
			attributes: [id.attribute, 'numSubordinates'],
		};
		for await (const entry of connection.search(search))
			if (Number(entry.first('numSubordinates') ?? 0) > 0) parents.add(entryId);
	}
	return parents;
}
