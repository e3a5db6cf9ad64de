import { dirSync, dirSyncAnswer, INCREMENTAL_VALUES, OBJECT_SECURITY } from '../../ldap/adControls';
import type { LdapFilter } from '../../ldap/filter';
import { equals, or } from '../../ldap/filter';
import type { LdapConnection, LdapEntry } from '../../ldap/ldap.types';
import { resultError } from '../../ldap/ldapErrors';
import type { LdapResult } from '../../ldap/serverMessage';
import { uuidOfGuid } from '../../uuid';
import { DomainError } from '../../../domain.errors';
import type { Verdict } from '../changes.types';
import { ActiveDirectoryStrategy } from './activeDirectory.strategy';
import type { ActiveDirectoryOptions, Answer } from './activeDirectory.strategy';
import type { ActiveDirectoryComparison } from './activeDirectoryComparison';
import type { ChangedRow } from './activeDirectoryRounds';

/** Finds nothing, so that a position comes without the entries before it. */
const NOTHING: LdapFilter = equals('cn', '__no_such_entry__');
/** Without `isDeleted` in the list, deletions are not told. */
const ALWAYS = ['objectGUID', 'objectClass', 'isDeleted', 'name', 'parentGUID', 'member'];
/**
 * Of what the login may read. Without object security a login needs the right to replicate, and one that may replicate secrets would be
 * handed password hashes.
 */
const FLAGS = INCREMENTAL_VALUES + OBJECT_SECURITY;
const ADDED = /^member;range=1-1$/i;
const REMOVED = /^member;range=0-0$/i;

export interface DirSyncOptions extends ActiveDirectoryOptions {
	/** The naming context: a base below it is refused. */
	context: string;
}

/**
 * Reads what changed since a cookie (MS-ADTS §3.1.1.3.4.1.3). Only changed attributes arrive, so entries are read again by objectGUID;
 * of member lists, who was added and removed.
 *
 * Cannot see who did it, and what was done and undone between two reads; where the login may not list deleted objects, deletions only by
 * complete walks.
 */
export class DirSyncStrategy extends ActiveDirectoryStrategy {
	readonly name = 'dirSync';

	constructor(
		connection: LdapConnection,
		comparison: ActiveDirectoryComparison,
		private readonly dirSyncOptions: DirSyncOptions,
	) {
		super(connection, comparison, dirSyncOptions);
	}

	protected override async markNow(): Promise<string> {
		return await primedCookie(this.connection, this.dirSyncOptions.context);
	}

	protected override async changesAfter(mark: string): Promise<Answer> {
		const rows = new Map<string, ChangedRow>();
		const filter = or(this.comparison.filter, ...CONTAINERS, equals('isDeleted', 'TRUE'));
		const attributes = [...new Set([...ALWAYS, ...this.comparison.attributes])];
		const request = { base: this.dirSyncOptions.context, scope: 'sub' as const, filter, attributes };
		const control = dirSync(FLAGS, Buffer.from(mark, 'base64'));
		for await (const message of this.connection.messages(request, [control])) {
			if (message.kind === 'entry') collect(rows, rowOf(message.entry));
			if (message.kind !== 'result') continue;
			if (message.result.code !== 0) throw this.#refused(message.result);
			const { cookie, more } = dirSyncAnswer(message.controls);
			return { rows: [...rows.values()], mark: cookie.toString('base64'), more };
		}
		throw endless();
	}

	protected override async verifyMark(mark: string): Promise<Verdict> {
		const outcome = await ask(this.connection, this.dirSyncOptions.context, Buffer.from(mark, 'base64'));
		if ('cookie' in outcome) return { intact: true };
		return {
			intact: false,
			reason: `the domain controller does not take the stored position any more (result ${outcome.refused.code})`,
		};
	}

	#refused(result: LdapResult): DomainError {
		const { urls, password } = this.connection.settings;
		return resultError(result, 'tell its changes by DirSync', {
			endpoint: urls.join(', '),
			secrets: [password],
		});
	}
}

const CONTAINERS = ['organizationalUnit', 'container'].map((name) => equals('objectClass', name));

type Outcome = { cookie: Buffer; more: boolean } | { refused: LdapResult };

/** One search that finds nothing, from a cookie; an empty one stands for the beginning. */
async function ask(connection: LdapConnection, context: string, cookie: Buffer): Promise<Outcome> {
	const request = { base: context, scope: 'sub' as const, filter: NOTHING, attributes: ALWAYS };
	for await (const message of connection.messages(request, [dirSync(FLAGS, cookie)])) {
		if (message.kind !== 'result') continue;
		return message.result.code === 0 ? dirSyncAnswer(message.controls) : { refused: message.result };
	}
	throw endless();
}

/** The result by which the server refuses DirSync to this login; undefined = it answers. */
export async function tryDirSync(
	connection: LdapConnection,
	context: string,
): Promise<LdapResult | undefined> {
	const outcome = await ask(connection, context, Buffer.alloc(0));
	return 'refused' in outcome ? outcome.refused : undefined;
}

async function primedCookie(connection: LdapConnection, context: string): Promise<string> {
	let cookie: Buffer = Buffer.alloc(0);
	for (;;) {
		const outcome = await ask(connection, context, cookie);
		if ('refused' in outcome)
			throw resultError(outcome.refused, 'tell its position by DirSync', {
				endpoint: connection.settings.urls.join(', '),
				secrets: [connection.settings.password],
			});
		({ cookie } = outcome);
		if (!outcome.more) return cookie.toString('base64');
	}
}

function rowOf(entry: LdapEntry): ChangedRow {
	const guid = entry.buffers('objectGUID')[0];
	if (guid === undefined) throw nameless();
	const named = (pattern: RegExp): string[] =>
		entry.names.filter((name) => pattern.test(name)).flatMap((name) => entry.values(name));
	const members = { added: named(ADDED), removed: named(REMOVED) };
	const deletion = entry.names.some((name) => name.toLowerCase() === 'isdeleted');
	const isDeleted = entry.first('isDeleted')?.toUpperCase() === 'TRUE';
	return {
		entryId: uuidOfGuid(guid),
		isDeleted,
		// An entry that was brought back has the mark of deletion taken away.
		isNew: entry.buffers('objectClass').length > 0 || (deletion && !isDeleted),
		isMoved: entry.buffers('name').length + entry.buffers('parentGUID').length > 0,
		...(members.added.length + members.removed.length > 0 ? { members } : {}),
	};
}

/** An answer may name an entry twice; then its list of members is read completely. */
function collect(rows: Map<string, ChangedRow>, row: ChangedRow): void {
	const known = rows.get(row.entryId);
	rows.set(
		row.entryId,
		known
			? {
					entryId: row.entryId,
					isDeleted: row.isDeleted,
					isNew: known.isNew || row.isNew,
					isMoved: known.isMoved || row.isMoved,
				}
			: row,
	);
}

const nameless = (): DomainError =>
	new DomainError('The domain controller named a changed entry without its objectGUID', {
		advice: 'Let the service account read objectGUID, as every account may by default.',
		recovery: 'abort',
		failure: 'permission-denied',
	});

const endless = (): DomainError =>
	new DomainError('The answer of the domain controller ended without a result', {
		advice: 'It is worth another attempt.',
		recovery: 'retry',
		failure: 'temporarily-unavailable',
	});
