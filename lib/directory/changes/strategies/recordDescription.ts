import { equals } from '../../ldap/filter';
import type { LdapEntry } from '../../ldap/ldap.types';
import type { EntryChange } from '../changes.types';
import { liesBelow } from '../entryName';
import type { AccessLogRecord } from './accessLogRecord';
import { addedEntry } from './accessLogRecord';
import type { AccessLogSearch } from './accessLogSearch';
import type { AccessLogWatch } from './accessLog.strategy';
import { authorship, changeOf, mayMatter, stateReader } from './recordedChange';
import type { MovedEntry } from './recordedMove';

type Known = (record: AccessLogRecord) => LdapEntry | undefined;

/** Records of the log in domain terms, with what must be looked up for that. */
export class RecordDescriber {
	constructor(
		private readonly watch: AccessLogWatch,
		private readonly log: AccessLogSearch,
	) {}

	/** Whether it lies, or lay, where we look. */
	concerns({ dn, newDn }: AccessLogRecord): boolean {
		const { baseDn } = this.watch.describer;
		return liesBelow(dn, baseDn) || (newDn !== undefined && liesBelow(newDn, baseDn));
	}

	isSubject(entry: LdapEntry): boolean {
		const { describer } = this.watch;
		return (describer.personOf(entry) ?? describer.groupOf(entry)) !== undefined;
	}

	/** What is no person, no group and no device of ours is left out. */
	async changesOf(records: readonly AccessLogRecord[]): Promise<EntryChange[]> {
		const { describer, watched } = this.watch;
		const relevant = records.filter(
			(record) =>
				(this.concerns(record) || this.#addsDevice(record)) && mayMatter(record, describer, watched),
		);
		const known = await this.knownOf(
			relevant.filter(({ type, keepsOld }) => type !== 'add' && (type !== 'delete' || !keepsOld)),
		);
		const changes: EntryChange[] = [];
		for (const record of relevant) {
			const change = await this.#changeOf(record, known(record));
			if (change.person ?? change.group ?? change.device) changes.push(change);
		}
		return changes;
	}

	/** Each as the directory shows it today, or as it was last recorded. */
	async movesOf(record: AccessLogRecord, entries: readonly MovedEntry[]): Promise<EntryChange[]> {
		const { describer } = this.watch;
		const today = await describer.byIds(entries.map(({ entryId }) => entryId));
		const changes: EntryChange[] = [];
		for (const { entryId, dn, previousDn } of entries) {
			const entry = today.get(entryId) ?? (await this.#elsewhere(entryId));
			if (!entry || !this.isSubject(entry)) continue;
			changes.push({
				...authorship(record),
				changeId: entryId === record.entryId ? record.csn : `${record.csn}/${entryId}`,
				operation: 'renamed',
				entryId,
				dn,
				previousDn,
				attributes: [],
				members: { added: [], removed: [] },
				person: describer.personOf(entry),
				group: describer.groupOf(entry),
			});
		}
		return changes;
	}

	/** What these records are about, as it is today or was last recorded. */
	async knownOf(records: readonly AccessLogRecord[]): Promise<Known> {
		const ids = new Set(records.flatMap(({ entryId }) => entryId ?? []));
		const known = await this.watch.describer.byIds([...ids]);
		for (const record of records) {
			const key = keyOf(record);
			const last = known.has(key) ? undefined : await this.#lastKnown(record);
			if (last) known.set(key, last);
		}
		return (record) => known.get(keyOf(record));
	}

	async #changeOf(record: AccessLogRecord, known: LdapEntry | undefined): Promise<EntryChange> {
		const { describer, watched, locks } = this.watch;
		const change = changeOf(record, known, describer, watched);
		const owner = this.#addsDevice(record) ? describer.deviceOwnerOf(addedEntry(record)) : undefined;
		if (owner) return { ...change, device: { owner } };
		if (change.account?.after.locked !== true) return change;
		const lockedUntil = await locks.endOf(stateReader(record, known));
		return lockedUntil === undefined ? change : { ...change, account: { ...change.account, lockedUntil } };
	}

	#addsDevice({ type, dn }: AccessLogRecord): boolean {
		return this.watch.wantsDevices && type === 'add' && liesBelow(dn, this.watch.describer.devicesDn);
	}

	/** Logs of old servers name entries by DN only. */
	async #lastKnown({ entryId, dn, newDn }: AccessLogRecord): Promise<LdapEntry | undefined> {
		return entryId === undefined
			? await this.watch.describer.byDn(newDn ?? dn)
			: await this.#elsewhere(entryId);
	}

	/** What was moved out of the base DN is found where it is now; what is gone, in the log. */
	async #elsewhere(entryId: string): Promise<LdapEntry | undefined> {
		const { connection, describer } = this.watch;
		const { namingContexts } = await connection.rootDse();
		const base = namingContexts.find((context) => liesBelow(describer.baseDn, context));
		const isWhole = base === undefined || liesBelow(base, describer.baseDn);
		const idAttribute = describer.family.idAttributes[0]?.attribute;
		if (!isWhole && idAttribute !== undefined) {
			const filter = equals(idAttribute, entryId);
			const { attributes } = describer;
			for await (const entry of connection.search({ base, scope: 'sub', filter, attributes })) return entry;
		}
		return await this.log.lastRecorded(entryId);
	}
}

const keyOf = ({ entryId, dn }: AccessLogRecord): string => entryId ?? dn;
