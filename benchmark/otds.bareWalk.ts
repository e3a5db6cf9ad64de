/**
 * The walk that the OTDS benchmark compares with. Started as a program of its own, it tells how much memory such a walk takes by itself:
 * a process that has memory to spare does not collect its garbage at once.
 */
import { once } from 'node:events';
import http from 'node:http';

import type { ServerReady } from './otds.server.ts';

/** Of this process, looked at many times a second. */
export class PeakMemory {
	readonly #idle = residentNow();
	#peak = this.#idle;
	readonly #timer = setInterval(() => this.#look(), 10);

	stop(): number {
		clearInterval(this.#timer);
		this.#look();
		return (this.#peak - this.#idle) / 2 ** 20;
	}

	#look(): void {
		this.#peak = Math.max(this.#peak, process.memoryUsage.rss());
	}
}

/** Collected first, when node runs with --expose-gc. */
function residentNow(): number {
	globalThis.gc?.();
	return process.memoryUsage.rss();
}

/** The least that any poll has to do: the same pages over one kept connection, each parsed and thrown away. */
export class BareWalk {
	readonly #agent = new http.Agent({ keepAlive: true });
	#token = '';

	readonly #ready: ServerReady;
	readonly #pageSize: number;

	constructor(ready: ServerReady, pageSize: number) {
		this.#ready = ready;
		this.#pageSize = pageSize;
	}

	async logIn(): Promise<void> {
		const { baseUrl, clientId, clientSecret } = this.#ready;
		const body = new URLSearchParams({ grant_type: 'client_credentials' });
		const authorization = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
		const answer = await fetch(`${baseUrl}/oauth2/token`, {
			method: 'POST',
			body,
			headers: { authorization },
		});
		this.#token = ((await answer.json()) as { access_token: string }).access_token;
	}

	/** @returns the number of objects */
	async walk(): Promise<number> {
		let count = 0;
		for (const collection of ['groups', 'users'] as const) {
			let cookie: string | null = null;
			do {
				const page: Record<string, unknown> = await this.#page(collection, cookie);
				count += (page[collection] as unknown[]).length;
				cookie = (page.nextPageCookie as string | null) || null;
			} while (cookie !== null);
		}
		return count;
	}

	close(): void {
		this.#agent.destroy();
	}

	async #page(collection: string, cookie: string | null): Promise<Record<string, unknown>> {
		const url = new URL(`${this.#ready.baseUrl}/rest/${collection}`);
		url.searchParams.set('page_size', String(this.#pageSize));
		url.searchParams.set('attrsAsKeys', 'true');
		if (cookie !== null) url.searchParams.set('next_page_cookie', cookie);
		const headers = { authorization: `Bearer ${this.#token}`, accept: 'application/json' };
		const sent = http.get(url, { agent: this.#agent, headers });
		const [response] = (await once(sent, 'response')) as [http.IncomingMessage];
		const chunks: Buffer[] = [];
		for await (const chunk of response) chunks.push(chunk as Buffer);
		return JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, unknown>;
	}
}

if (process.argv[1] === import.meta.filename) {
	const [ready = '{}', pageSize = ''] = process.argv.slice(2);
	const walk = new BareWalk(JSON.parse(ready) as ServerReady, Number(pageSize));
	await walk.logIn();
	const memory = new PeakMemory();
	for (let round = 0; round < 3; round++) await walk.walk();
	process.send?.(memory.stop());
	walk.close();
}
