import type { Http2SecureServer, ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import { constants, createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:tls';
import { createServer } from 'node:tls';

import { issueLoopbackCertificate } from '../../../sandbox/fcm/loopbackCertificate';
import type { LoopbackCertificate } from '../../../sandbox/fcm/loopbackCertificate';
import type { HttpClient, HttpLimits } from '../../../lib/push/fcm/fcm.types';
import { NegotiatedClient } from '../../../lib/push/fcm/negotiated.client';

const LIMITS = { connectTimeoutMs: 2000, requestTimeoutMs: 2000, idleTimeoutMs: 2000 };
let certificate: LoopbackCertificate;
let server: Server | Http2SecureServer | undefined;
let client: HttpClient | undefined;
const sessions = new Set<ServerHttp2Session>();

beforeAll(async () => {
	certificate = await issueLoopbackCertificate();
});
afterEach(async () => {
	client?.close();
	for (const session of sessions) session.destroy();
	await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
});

async function clientOf(
	listening: Server | Http2SecureServer,
	path = '',
	limits: Partial<HttpLimits> = {},
): Promise<HttpClient> {
	server = listening;
	await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
	const { port } = listening.address() as AddressInfo;
	client = new NegotiatedClient(
		new URL(`https://127.0.0.1:${port}${path}`),
		{ ca: certificate.caPem },
		{ ...LIMITS, ...limits },
	);
	return client;
}

/** `answer` decides what the n-th request gets, over all sessions. */
function http2Server(
	answer: (stream: ServerHttp2Stream, request: number, path: string) => void,
): Http2SecureServer {
	const { key, cert } = certificate;
	let requests = 0;
	const created = createSecureServer({ key, cert });
	created.on('session', (session) => sessions.add(session));
	created.on('stream', (stream: ServerHttp2Stream, headers) => {
		stream.on('error', () => stream.destroy());
		answer(stream, ++requests, String(headers[':path']));
	});
	return created;
}

const ok = (stream: ServerHttp2Stream) => {
	stream.respond({ ':status': 200, 'x-seen': 'yes' });
	stream.end('fine');
};
const request = { path: '/v1/x?y=1', headers: { authorization: 'Bearer t' }, body: '{}' };

it('sends to the path below the address, and reads status, headers and body', async () => {
	const paths: string[] = [];
	const pool = await clientOf(
		http2Server((stream, _request, path) => {
			paths.push(path);
			ok(stream);
		}),
		'/gateway/fcm/',
	);
	const answer = await pool.post(request);
	expect(answer).toMatchObject({ status: 200, text: 'fine', headers: { 'x-seen': 'yes' } });
	expect(paths).toEqual(['/gateway/fcm/v1/x?y=1']);
});

it('sends again what a GOAWAY with an error says was not processed', async () => {
	const pool = await clientOf(
		http2Server((stream, number) => {
			if (number !== 2) return ok(stream);
			stream.session?.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM, (stream.id ?? 0) - 2);
		}),
	);
	await pool.post(request);
	expect(await pool.post(request)).toMatchObject({ status: 200 });
});

it('does not send again what such a GOAWAY counts as processed', async () => {
	let requests = 0;
	const pool = await clientOf(
		http2Server((stream, number) => {
			requests = number;
			stream.session?.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM, stream.id);
		}),
	);
	await expect(pool.post(request)).rejects.toMatchObject({ stage: 'exchange' });
	expect(requests).toBe(1);
});

it('sends again a stream that was refused', async () => {
	const pool = await clientOf(
		http2Server((stream, number) => {
			if (number > 2) return ok(stream);
			stream.close(constants.NGHTTP2_REFUSED_STREAM);
		}),
	);
	expect(await pool.post(request)).toMatchObject({ status: 200 });
});

it('knows that nothing was sent when a server closes before it speaks HTTP/2', async () => {
	const { key, cert } = certificate;
	const pool = await clientOf(createServer({ key, cert, ALPNProtocols: ['h2'] }, (socket) => socket.end()));
	await expect(pool.post(request)).rejects.toMatchObject({ stage: 'connect' });
});

it('ends the requests under way when it is closed, and takes no more', async () => {
	let arrived = () => undefined as void;
	const first = new Promise<void>((resolve) => {
		arrived = resolve;
	});
	const pool = await clientOf(http2Server(() => arrived()));
	const pending = pool.post(request);
	await first;
	for (const session of sessions) session.destroy();
	await expect(pending).rejects.toMatchObject({ stage: 'exchange' });
});

it('entrusts nothing more to a connection that stopped answering', async () => {
	let silent: ServerHttp2Stream['session'];
	const pool = await clientOf(
		http2Server((stream) => {
			silent ??= stream.session;
			if (stream.session !== silent) ok(stream);
		}),
		'',
		{ requestTimeoutMs: 100 },
	);
	await expect(pool.post(request)).rejects.toMatchObject({ stage: 'exchange', code: 'ETIMEDOUT' });
	expect(await pool.post(request)).toMatchObject({ status: 200 });
});

it('does not wait for ever for a server that allows no streams', async () => {
	const { key, cert } = certificate;
	const full = createSecureServer({ key, cert, settings: { maxConcurrentStreams: 0 } });
	full.on('session', (session) => sessions.add(session));
	const pool = await clientOf(full, '', { requestTimeoutMs: 100 });
	await expect(pool.post(request)).rejects.toMatchObject({ code: 'ETIMEDOUT' });
});
