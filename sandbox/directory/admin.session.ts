import { Client, ResultCodeError } from 'ldapts';

export interface DirectoryLogin {
	url: string;
	baseDn: string;
	adminDn: string;
	adminPassword: string;
}

/** One entry found. */
export interface Row {
	dn: string;
	/** '' when absent. */
	first(attribute: string): string;
	all(attribute: string): string[];
}

/** The administrator's connection: bound at the first use; a connection that broke is replaced at the next use. */
export class AdminSession {
	readonly #login: DirectoryLogin;
	#client: Client | undefined;
	#queue: Promise<unknown> = Promise.resolve();

	constructor(login: DirectoryLogin) {
		this.#login = login;
	}

	/** One operation at a time, so that a new connection is always bound before it is used. */
	run<Result>(operation: (client: Client) => Promise<Result>): Promise<Result> {
		const next = this.#queue.then(() => this.#attempt(operation));
		// The caller gets the rejection; the queue only waits for the end.
		this.#queue = next.catch(() => undefined);
		return next;
	}

	async search(base: string, filter: string, attributes: string[]): Promise<Row[]> {
		const { searchEntries } = await this.run((client) =>
			client.search(base, { scope: 'sub', filter, attributes }),
		);
		return searchEntries.map((entry) => {
			const all = (attribute: string): string[] => textsOf(entry[attribute]);
			return { dn: entry.dn, all, first: (attribute: string) => all(attribute)[0] ?? '' };
		});
	}

	async close(): Promise<void> {
		const client = this.#client;
		this.#client = undefined;
		if (client?.isConnected === true) await client.unbind();
	}

	async #attempt<Result>(operation: (client: Client) => Promise<Result>): Promise<Result> {
		const client = await this.#bound();
		try {
			return await operation(client);
		} catch (error) {
			if (!client.isConnected) this.#client = undefined;
			throw explained(error);
		}
	}

	async #bound(): Promise<Client> {
		if (this.#client?.isConnected === true) return this.#client;
		const { url, adminDn, adminPassword } = this.#login;
		const client = new Client({ url, connectTimeout: 5000, timeout: 10_000 });
		await client.bind(adminDn, adminPassword);
		this.#client = client;
		return client;
	}
}

/** RFC 4511 appendix A; OpenLDAP itself often says nothing but the code. */
const WORDS: Record<number, string> = {
	16: 'Nobody of that name is a member (no such attribute)',
	20: 'Already a member (attribute or value exists)',
	32: 'The directory has no such entry (no such object)',
	65: 'A group needs at least one member (object class violation)',
	68: 'An entry of that name exists already',
};

function explained(error: unknown): unknown {
	const words = error instanceof ResultCodeError ? WORDS[error.code] : undefined;
	return words === undefined ? error : new Error(words, { cause: error });
}

function textsOf(value: Buffer | Buffer[] | string | string[] | undefined): string[] {
	if (value === undefined) return [];
	const values = Array.isArray(value) ? value : [value];
	return values.map((one) => (typeof one === 'string' ? one : one.toString('utf8')));
}
