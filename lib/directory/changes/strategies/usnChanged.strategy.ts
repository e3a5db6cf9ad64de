import { showDeleted } from '../../ldap/adControls';
import type { LdapFilter } from '../../ldap/filter';
import { and, equals, greaterOrEqual, lessOrEqual, or } from '../../ldap/filter';
import type { LdapConnection, LdapEntry } from '../../ldap/ldap.types';
import { resultError } from '../../ldap/ldapErrors';
import { uuidOfGuid } from '../../uuid';
import type { Verdict } from '../changes.types';
import { ActiveDirectoryStrategy } from './activeDirectory.strategy';
import type { ActiveDirectoryOptions, Answer } from './activeDirectory.strategy';
import type { ActiveDirectoryComparison } from './activeDirectoryComparison';
import type { Moment } from './activeDirectoryController';
import type { ChangedRow } from './activeDirectoryRounds';

/** What a domain controller gives out at most, unless it is set otherwise (MaxPageSize). */
const PAGE_SIZE = 1_000;
const SIZE_LIMIT_EXCEEDED = 4;
const ASKED = ['objectGUID', 'uSNCreated'];

export interface UsnChangedOptions extends ActiveDirectoryOptions {
	/** The naming context: who leaves the base DN is still found in it, and so are deleted entries. */
	context: string;
}

/**
 * Reads what has a uSNChanged above the highest one committed at the read before (MS-ADTS §3.1.1.1.9). Each domain controller counts
 * for itself.
 *
 * Cannot see who did it, and what was done and undone between two reads; where the login sees no deleted objects, deletions only by
 * complete walks.
 */
export class UsnChangedStrategy extends ActiveDirectoryStrategy {
	readonly name = 'usnChanged';

	constructor(
		connection: LdapConnection,
		comparison: ActiveDirectoryComparison,
		private readonly usnOptions: UsnChangedOptions,
	) {
		super(connection, comparison, usnOptions);
	}

	protected override async markNow({ usn }: Moment): Promise<string> {
		return String(usn);
	}

	/** The counter was read before: what is written meanwhile is found again, and compares as equal. */
	protected override async changesAfter(mark: string, { usn }: Moment): Promise<Answer> {
		const after = Number(mark);
		const changed = greaterOrEqual('uSNChanged', String(after + 1));
		const rows = new Map<string, ChangedRow>();
		const live = or(this.comparison.filter, equals('objectClass', 'organizationalUnit'), CONTAINER);
		for await (const entry of this.#search(and(live, changed))) collect(rows, entry, after, false);
		if (this.usnOptions.seesDeleted)
			for await (const entry of this.#deleted(after + 1, usn)) collect(rows, entry, after, true);
		return { rows: [...rows.values()], mark: String(usn), more: false };
	}

	protected override async verifyMark(mark: string, { usn }: Moment): Promise<Verdict> {
		if (!/^\d{1,15}$/.test(mark)) return { intact: false, reason: 'the stored position is no update number' };
		if (Number(mark) > usn)
			return {
				intact: false,
				reason: `the domain controller counts ${usn} updates, and ${mark} were read: it was restored from a backup`,
			};
		return { intact: true };
	}

	#search(filter: LdapFilter): AsyncIterable<LdapEntry> {
		const base = this.usnOptions.context;
		return this.connection.search({ base, scope: 'sub', filter, attributes: ASKED, pageSize: PAGE_SIZE });
	}

	/** Too many for one answer: half of the numbers at a time. Each search has a session of its own, where pages would not go on. */
	async *#deleted(from: number, to: number): AsyncIterable<LdapEntry> {
		const within = [greaterOrEqual('uSNChanged', String(from)), lessOrEqual('uSNChanged', String(to))];
		const filter = and(equals('isDeleted', 'TRUE'), ...within);
		const request = { base: this.usnOptions.context, scope: 'sub' as const, filter, attributes: ASKED };
		const found: LdapEntry[] = [];
		for await (const message of this.connection.messages(request, [showDeleted()])) {
			if (message.kind === 'entry') found.push(message.entry);
			if (message.kind !== 'result' || message.result.code === 0) continue;
			if (message.result.code !== SIZE_LIMIT_EXCEEDED || from >= to) {
				const { urls, password } = this.connection.settings;
				const place = { endpoint: urls.join(', '), secrets: [password] };
				throw resultError(message.result, 'show deleted objects', place);
			}
			const middle = Math.floor((from + to) / 2);
			yield* this.#deleted(from, middle);
			yield* this.#deleted(middle + 1, to);
			return;
		}
		yield* found;
	}
}

const CONTAINER = equals('objectClass', 'container');

/** What changed of it is not told, so it may have been moved. */
function collect(rows: Map<string, ChangedRow>, entry: LdapEntry, after: number, isDeleted: boolean): void {
	const guid = entry.buffers('objectGUID')[0];
	if (guid === undefined) return;
	const entryId = uuidOfGuid(guid);
	const isNew = Number(entry.first('uSNCreated')) > after;
	rows.set(entryId, { entryId, isDeleted, isNew, isMoved: !isNew });
}
