import type { LdapConnection, LdapEntry, LdapSearch } from '../../lib/directory/ldap/ldap.types';
import type { LdapFilter } from '../../lib/directory/ldap/filter';
import { ReceivedEntry } from '../../lib/directory/ldap/ldapEntry';
import { scriptedSettings } from './scriptedLdap';

export type Values = Record<string, string | string[]>;

export const memoryEntry = (dn: string, values: Values): ReceivedEntry =>
	new ReceivedEntry(
		dn,
		Object.entries(values).map(([name, some]) => ({
			name,
			values: [some].flat().map((value) => Buffer.from(value)),
		})),
	);

/** A 389 Directory Server of a few maps, for what a real one does once a year: holes in the log, damage, millions of records. */
export class MemoryChangeLog {
	readonly records = new Map<number, LdapEntry>();
	readonly people = new Map<string, LdapEntry>();
	/** Of searches in the log. */
	searches = 0;
	first = 1;
	last = 0;
	/** Which of several servers answers. */
	serverId = 'memory';

	log(changeNumber: number, values: Values): void {
		const record = { changeNumber: String(changeNumber), changeTime: '20261124120000Z', ...values };
		this.records.set(changeNumber, memoryEntry(`changenumber=${changeNumber},cn=changelog`, record));
		this.last = Math.max(this.last, changeNumber);
	}

	/** Only what reading a log asks for. */
	get connection(): LdapConnection {
		const refuse = (): Promise<never> => Promise.reject(new Error('nothing is written here'));
		return {
			settings: scriptedSettings(['ldap://memory']),
			identity: () =>
				Promise.resolve({
					family: '389ds',
					vendor: '389',
					directoryId: 'memory',
					serverId: this.serverId,
					endpoint: 'ldap://memory',
				}),
			rootDse: () => Promise.reject(new Error('not asked for')),
			search: (request) => this.#search(request),
			messages: () => {
				throw new Error('not asked for');
			},
			read: (dn) => Promise.resolve(this.#read(dn)),
			readMany: async () => new Map(),
			add: refuse,
			modify: refuse,
			remove: refuse,
			rename: refuse,
			close: () => Promise.resolve(),
		};
	}

	#read(dn: string): LdapEntry | undefined {
		if (dn === '')
			return memoryEntry('', {
				firstchangenumber: String(this.first),
				lastchangenumber: String(this.last),
			});
		return this.records.get(Number(/^changenumber=(\d+),/.exec(dn)?.[1]));
	}

	async *#search({ base, filter }: LdapSearch): AsyncIterable<LdapEntry> {
		if (base !== 'cn=changelog') {
			for (const id of valuesIn(filter, 'equals')) {
				const person = this.people.get(id);
				if (person) yield person;
			}
			return;
		}
		this.searches++;
		const [from, to] = [valuesIn(filter, 'greaterOrEqual')[0], valuesIn(filter, 'lessOrEqual')[0]];
		for (let at = Number(from); at <= Number(to); at++) {
			const record = this.records.get(at);
			if (record) yield record;
		}
	}
}

function valuesIn(filter: LdapFilter, kind: 'equals' | 'greaterOrEqual' | 'lessOrEqual'): string[] {
	if (filter.kind === 'and' || filter.kind === 'or')
		return filter.filters.flatMap((part) => valuesIn(part, kind));
	return filter.kind === kind ? [String(filter.value)] : [];
}
