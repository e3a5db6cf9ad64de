import type { LdapConnection, LdapEntry } from '../../ldap/ldap.types';
import { equals } from '../../ldap/filter';
import { siblingSid } from '../../ldap/sid';
import type { EntryDescriber } from './entryDescription';

/**
 * Active Directory names a person's primary group in the person, by its relative id, and not in the group (MS-ADTS §3.1.1.1.6).
 * Which group that is, is asked once a session.
 */
export class PrimaryGroups {
	/** SID in hex → entry id; undefined = no group that can be seen. */
	readonly #ids = new Map<string, string | undefined>();

	constructor(
		private readonly connection: LdapConnection,
		private readonly describer: EntryDescriber,
	) {}

	static readonly attributes = ['primaryGroupID', 'objectSid'];

	/** Asks for the groups of these people, so that {@link idOf} knows them. */
	async learn(entries: readonly LdapEntry[]): Promise<void> {
		for (const entry of entries) {
			const sid = primarySid(entry);
			if (sid && !this.#ids.has(sid.toString('hex')))
				this.#ids.set(sid.toString('hex'), await this.#find(sid));
		}
	}

	idOf(entry: LdapEntry): string | undefined {
		const sid = primarySid(entry);
		return sid && this.#ids.get(sid.toString('hex'));
	}

	async #find(sid: Buffer): Promise<string | undefined> {
		const { defaultNamingContext } = await this.connection.rootDse();
		const search = {
			base: defaultNamingContext ?? this.describer.baseDn,
			scope: 'sub' as const,
			filter: equals('objectSid', sid),
			attributes: this.describer.attributes,
		};
		for await (const entry of this.connection.search(search))
			if (this.describer.groupOf(entry)) return this.describer.idOf(entry);
		return undefined;
	}
}

function primarySid(entry: LdapEntry): Buffer | undefined {
	const rid = entry.first('primaryGroupID');
	const sid = entry.buffers('objectSid')[0];
	return rid === undefined || sid === undefined || !/^\d+$/.test(rid)
		? undefined
		: siblingSid(sid, Number(rid));
}
