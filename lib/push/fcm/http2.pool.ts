import type { TLSSocket } from 'node:tls';

import type { HttpAnswer, HttpClient, HttpLimits, HttpRequest } from './fcm.types';
import { Http2Session, NotProcessed } from './http2.session';
import { TransportError } from './transport.errors';

const MAX_SESSIONS = 4;
/** A server that refuses the same request this often is not merely rotating its connections. */
const MAX_REFUSALS = 5;

interface Waiting {
	request: HttpRequest;
	resolve(answer: HttpAnswer): void;
	reject(error: unknown): void;
	refusals: number;
}

/**
 * Long-lived HTTP/2 connections to one address. A request that the server says it did not process (GOAWAY, REFUSED_STREAM) goes
 * out again on another connection; any other loss is reported and never repeated here.
 */
export class Http2Pool implements HttpClient {
	private sessions: Http2Session[] = [];
	private waiting: Waiting[] = [];
	private opening = 0;
	private closed = false;

	constructor(
		private readonly openSocket: () => Promise<TLSSocket>,
		private readonly base: URL,
		private readonly limits: HttpLimits,
	) {}

	/** Takes a connection that was opened to find out what the server speaks. */
	async adopt(socket: TLSSocket): Promise<void> {
		const session = await Http2Session.open(socket, this.base, this.limits, () => this.dispatch());
		if (this.closed) session.close();
		else this.sessions.push(session);
	}

	async post(request: HttpRequest): Promise<HttpAnswer> {
		return await new Promise<HttpAnswer>((resolve, reject) => {
			this.waiting.push({ request, resolve, reject, refusals: 0 });
			this.dispatch();
		});
	}

	close(): void {
		this.closed = true;
		for (const session of this.sessions) session.close();
		this.sessions = [];
		this.failWaiting(new TransportError('connect', 'ECLOSED', 'The connection pool was closed'));
	}

	private dispatch(): void {
		this.sessions = this.sessions.filter(({ usable }) => usable);
		while (this.waiting.length > 0) {
			const session = this.freest();
			if (!session) break;
			const next = this.waiting.shift();
			if (next) void this.exchange(session, next);
		}
		if (this.waiting.length > 0 && this.sessions.length + this.opening < MAX_SESSIONS && this.opening === 0) {
			void this.grow();
		}
	}

	private async exchange(session: Http2Session, waiting: Waiting): Promise<void> {
		try {
			waiting.resolve(await session.post(waiting.request));
		} catch (error) {
			if (!(error instanceof NotProcessed)) return waiting.reject(error);
			waiting.refusals++;
			if (waiting.refusals > MAX_REFUSALS || this.closed) {
				return waiting.reject(
					new TransportError('connect', 'EREFUSED', 'The server keeps refusing requests', error),
				);
			}
			this.waiting.push(waiting);
			this.dispatch();
		}
	}

	private freest(): Http2Session | undefined {
		let best: Http2Session | undefined;
		for (const session of this.sessions) {
			if (session.freeStreams > (best?.freeStreams ?? 0)) best = session;
		}
		return best;
	}

	private async grow(): Promise<void> {
		this.opening++;
		try {
			await this.adopt(await this.openSocket());
		} catch (error) {
			// Others may still be served by the sessions that exist.
			if (this.sessions.length === 0) this.failWaiting(error);
		} finally {
			this.opening--;
		}
		this.dispatch();
	}

	private failWaiting(error: unknown): void {
		for (const waiting of this.waiting.splice(0)) waiting.reject(error);
	}
}
