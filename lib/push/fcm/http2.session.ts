import http2 from 'node:http2';
import type { TLSSocket } from 'node:tls';

import type { HttpAnswer, HttpLimits, HttpRequest } from './fcm.types';
import { TransportError, connectError, exchangeError } from './transport.errors';

/** The server said that it did not process the request (RFC 9113 §8.7, §6.8): sending it again cannot duplicate it. */
export class NotProcessed extends Error {}

const STREAMS = 100;

/** One HTTP/2 connection. It takes no more requests once the server said GOAWAY or let one time out; those under way still end. */
export class Http2Session {
	private readonly session: http2.ClientHttp2Session;
	private readonly prefix: string;
	private streams = STREAMS;
	private inFlight = 0;
	private ending = false;
	/** Streams above this id were not processed. */
	private lastProcessed = Infinity;
	private idleTimer: NodeJS.Timeout | undefined;

	private constructor(
		socket: TLSSocket,
		base: URL,
		private readonly limits: HttpLimits,
		private readonly changed: () => void,
	) {
		this.prefix = base.pathname.replace(/\/$/, '');
		this.session = http2.connect(base.origin, { createConnection: () => socket });
		this.session.on('remoteSettings', ({ maxConcurrentStreams }: http2.Settings) => {
			// A server that allows none for now gets one: its request runs into the time limit instead of waiting for ever.
			this.streams = Math.max(1, Math.min(STREAMS, maxConcurrentStreams ?? STREAMS));
		});
		this.session.on('goaway', (_code: number, lastStreamId: number) => {
			this.lastProcessed = lastStreamId;
			this.end();
		});
		// Every stream reports the failure itself.
		this.session.on('error', () => this.end());
		this.session.on('close', () => this.end());
	}

	/**
	 * Resolves when the server has sent its settings: only then is it known how many streams it takes, and that an HTTP/2 server
	 * is behind the connection at all. A connection that dies earlier has processed nothing.
	 */
	static async open(
		socket: TLSSocket,
		base: URL,
		limits: HttpLimits,
		changed: () => void,
	): Promise<Http2Session> {
		const opened = new Http2Session(socket, base, limits, changed);
		try {
			await opened.settled();
		} catch (error) {
			opened.session.destroy();
			throw connectError(error, base.host);
		}
		opened.rest();
		return opened;
	}

	get usable(): boolean {
		return !this.ending;
	}

	get freeStreams(): number {
		return this.ending ? 0 : this.streams - this.inFlight;
	}

	/** Rejects with NotProcessed or TransportError. */
	async post(request: HttpRequest): Promise<HttpAnswer> {
		this.work();
		try {
			return await this.exchange(request);
		} finally {
			this.inFlight--;
			if (this.inFlight === 0) this.rest();
			this.changed();
		}
	}

	close(): void {
		this.end();
		if (!this.session.closed) this.session.close();
	}

	private async exchange({ path, headers, body }: HttpRequest): Promise<HttpAnswer> {
		const stream = this.open({ ':method': 'POST', ':path': this.prefix + path, ...headers });
		return await new Promise<HttpAnswer>((resolve, reject) => {
			const chunks: Buffer[] = [];
			let head: http2.IncomingHttpHeaders | undefined;
			let failure: unknown = new TransportError(
				'exchange',
				'ECONNRESET',
				'The connection closed before an answer',
			);
			let complete = false;
			const deadline = setTimeout(() => {
				reject(this.slow());
				// The connection may be dead without anybody having said so: the next request takes another.
				this.end();
				stream.close(http2.constants.NGHTTP2_CANCEL);
			}, this.limits.requestTimeoutMs);
			stream.once('response', (received: http2.IncomingHttpHeaders) => {
				head = received;
			});
			stream.on('data', (chunk: Buffer) => chunks.push(chunk));
			stream.once('end', () => {
				complete = true;
			});
			stream.once('error', (error) => {
				failure = error;
			});
			stream.once('close', () => {
				clearTimeout(deadline);
				if (head && complete && stream.rstCode === http2.constants.NGHTTP2_NO_ERROR) {
					const status = Number(head[':status']);
					return resolve({ status, headers: head, text: Buffer.concat(chunks).toString('utf8') });
				}
				reject(this.refused(stream) ? new NotProcessed() : exchangeError(failure));
			});
			stream.end(body);
		});
	}

	private open(headers: http2.OutgoingHttpHeaders): http2.ClientHttp2Stream {
		try {
			return this.session.request(headers);
		} catch (error) {
			// The session ended between the choice and the request: nothing was sent.
			this.end();
			throw new NotProcessed('The session takes no more requests', { cause: error });
		}
	}

	private refused(stream: http2.ClientHttp2Stream): boolean {
		if (stream.rstCode === http2.constants.NGHTTP2_REFUSED_STREAM) return true;
		return stream.id === undefined || stream.id > this.lastProcessed;
	}

	private async settled(): Promise<void> {
		await new Promise<void>((resolve, reject) => {
			const { session } = this;
			const deadline = setTimeout(
				() =>
					reject(new TransportError('connect', 'ETIMEDOUT', 'The server sent no HTTP/2 settings in time')),
				this.limits.connectTimeoutMs,
			);
			const done = (error?: Error) => {
				clearTimeout(deadline);
				session.off('remoteSettings', ready).off('error', done).off('close', closed);
				if (error) reject(error);
				else resolve();
			};
			const ready = () => done();
			const closed = () =>
				done(new TransportError('connect', 'ECONNRESET', 'The server closed the connection at once'));
			session.once('remoteSettings', ready).once('error', done).once('close', closed);
		});
	}

	private slow(): TransportError {
		return new TransportError('exchange', 'ETIMEDOUT', `No answer within ${this.limits.requestTimeoutMs} ms`);
	}

	private work(): void {
		this.inFlight++;
		clearTimeout(this.idleTimer);
		if (!this.session.destroyed) this.session.ref();
	}

	/** An idle connection neither keeps a worker from exiting nor stays open for long. */
	private rest(): void {
		if (this.session.destroyed) return;
		this.session.unref();
		this.idleTimer = setTimeout(() => this.close(), this.limits.idleTimeoutMs);
		this.idleTimer.unref();
	}

	private end(): void {
		if (this.ending) return;
		this.ending = true;
		this.changed();
	}
}
