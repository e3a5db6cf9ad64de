import type { LdapFilter } from '../../ldap/filter';
import { equals, or, present } from '../../ldap/filter';
import type { LdapConnection, LdapEntry, LdapSearch } from '../../ldap/ldap.types';
import { resultError } from '../../ldap/ldapErrors';
import type { ServerMessage } from '../../ldap/serverMessage';
import { REFRESH_REQUIRED, syncDoneOf, syncInfoOf, syncRequest, syncStateOf } from '../../ldap/syncControls';
import type { EntryComparison } from './entryComparison';

/** Of these a new name is seen by their own entry alone, never by those below. */
const CONTAINERS: LdapFilter = or(
	...['organizationalUnit', 'organization', 'locality', 'country', 'dcObject', 'domain'].map((name) =>
		equals('objectClass', name),
	),
);

/** A server that cannot go on from a cookie: its own content is older (53), or too much was forgotten. */
export const isUseless = (code: number): boolean => [UNWILLING, REFRESH_REQUIRED].includes(code);
const UNWILLING = 53;

/** How one refresh ended. */
export interface RefreshEnd {
	/** The server's result code. */
	code: number;
	/** Where the next one goes on from. Absent = as before; empty = the server did not know the one it was given. */
	cookie?: Buffer;
	/** Everything that is there, changed or not; absent where what is gone was named instead. */
	met?: ReadonlySet<string>;
	/** What is gone, as far as it was named. */
	gone: readonly string[];
}

/** Takes entries as they arrive; the search waits meanwhile. */
type Take = (entry: LdapEntry, uuid: string) => Promise<void>;

/** RFC 4533 refreshOnly on the main database. */
export class SyncRefresh {
	constructor(
		private readonly connection: LdapConnection,
		private readonly comparison: EntryComparison,
	) {}

	/** All that changed since the cookie, if that is of any use; without one, all there is. @throws DomainError where the server refuses */
	async run(cookie: Buffer | undefined, attributes: string[], take: Take): Promise<RefreshEnd> {
		const search = { scope: 'sub' as const, filter: or(this.comparison.filter, CONTAINERS), attributes };
		const end = await this.#refresh(search, cookie, take);
		if (end.code !== 0 && !isUseless(end.code)) throw this.#refusal(end);
		return end;
	}

	/** Whether the server still knows the cookie: asked of one entry. */
	async trial(cookie: Buffer): Promise<RefreshEnd> {
		const search = { scope: 'base' as const, filter: present('objectClass'), attributes: ['1.1'] };
		return await this.#refresh(search, cookie, () => Promise.resolve());
	}

	/**
	 * Where a cookie was given and the server does not say that it named what is gone, it named what is there. Without a cookie it sends
	 * all there is, and says what it likes.
	 */
	async #refresh(
		search: Omit<LdapSearch, 'base'>,
		cookie: Buffer | undefined,
		take: Take,
	): Promise<RefreshEnd & { diagnostic: string }> {
		const met = new Set<string>();
		const gone = new Set<string>();
		const { baseDn: base } = this.connection.settings;
		for await (const message of this.connection.messages({ base, ...search }, [
			syncRequest('refreshOnly', cookie),
		])) {
			if (message.kind === 'entry') await this.#takeEntry(message.entry, { met, gone }, take);
			if (message.kind === 'intermediate') noteIds(message, { met, gone });
			if (message.kind !== 'result') continue;
			const done = syncDoneOf(message.controls);
			const isListed = cookie === undefined || done?.refreshDeletes !== true;
			const { code, diagnostic } = message.result;
			return { code, diagnostic, cookie: done?.cookie, gone: [...gone], ...(isListed ? { met } : {}) };
		}
		return { code: 0, diagnostic: '', gone: [...gone] };
	}

	async #takeEntry(
		entry: Extract<ServerMessage, { kind: 'entry' }>['entry'],
		ids: Ids,
		take: Take,
	): Promise<void> {
		const { state, uuid } = syncStateOf(entry.controls);
		if (state === 'delete') {
			ids.gone.add(uuid);
			return;
		}
		ids.met.add(uuid);
		if (state !== 'present') await take(entry, uuid);
	}

	#refusal({ code, diagnostic }: { code: number; diagnostic: string }) {
		const { settings } = this.connection;
		const result = { code, diagnostic, matchedDn: '', referrals: [] };
		const place = { endpoint: settings.urls.join(', '), secrets: [settings.password] };
		return resultError(result, 'synchronise its content', place);
	}
}

interface Ids {
	met: Set<string>;
	gone: Set<string>;
}

function noteIds(message: Extract<ServerMessage, { kind: 'intermediate' }>, { met, gone }: Ids): void {
	const info = syncInfoOf(message.value);
	if (info.kind !== 'idSet') return;
	const ids = info.refreshDeletes ? gone : met;
	for (const uuid of info.uuids) ids.add(uuid);
}
