import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import type { ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import fastify from 'fastify';

import { addConsoleRoutes } from './console.routes.ts';
import type { Inbox, InboxOptions } from './inbox.types.ts';
import type { ShownNotification } from './notifications.ts';
import { Notifications } from './notifications.ts';
import { PageStateSource } from './pageState.ts';
import { tapAcknowledge } from './tap.ts';

export type { Inbox, InboxOptions, Link, PageState } from './inbox.types.ts';

const FILES: Record<string, { file: string; type: string }> = {
	'/': { file: 'index.html', type: 'text/html; charset=utf-8' },
	'/inbox.css': { file: 'inbox.css', type: 'text/css; charset=utf-8' },
	'/inbox.js': { file: 'inbox.js', type: 'text/javascript; charset=utf-8' },
	'/elements.js': { file: 'elements.js', type: 'text/javascript; charset=utf-8' },
	'/phones.js': { file: 'phones.js', type: 'text/javascript; charset=utf-8' },
	'/console.js': { file: 'console.js', type: 'text/javascript; charset=utf-8' },
};

/** The page with everyone's phone and the directory console, on the loopback interface. */
export async function startInbox(options: InboxOptions): Promise<Inbox> {
	const { emulator, directory, projectRoot } = options;
	const notifications = new Notifications(emulator);
	const source = new PageStateSource(directory, emulator, notifications, options.pollEveryMs ?? 1000);
	source.links = options.links ?? [];
	const acknowledge = async (id: string): Promise<ShownNotification> => {
		const answered = await tapOn(notifications, id);
		await source.refresh();
		return answered;
	};

	const app = fastify({ bodyLimit: 64 * 1024, forceCloseConnections: true });
	app.addHook('onRequest', async (request) => refuseForeigners(request));
	app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) =>
		reply.status(error.statusCode ?? 502).send({ message: error.message }),
	);
	addPage(app, join(projectRoot, 'sandbox', 'inbox', 'page'));
	const streams = addLiveState(app, source);
	addConsoleRoutes(app, { directory, emulator, changed: () => source.refresh(), acknowledge });
	const url = await app.listen({ host: '127.0.0.1', port: options.port ?? 0 });

	return {
		url: `${url}/`,
		notifications,
		acknowledge,
		setLinks(links) {
			source.links = links;
			void source.refresh();
		},
		async stop() {
			source.close();
			notifications.close();
			for (const stream of streams) stream.end();
			await app.close();
		},
	};
}

async function tapOn(notifications: Notifications, id: string): Promise<ShownNotification> {
	const shown = notifications.find(id);
	if (!shown)
		throw Object.assign(new Error('This notification is not on the phone any more'), { statusCode: 404 });
	if (shown.ackUrl === undefined) {
		throw Object.assign(new Error('This notification asks for no acknowledgment'), { statusCode: 409 });
	}
	notifications.setAnswer(id, await tapAcknowledge(shown.ackUrl));
	return notifications.find(id) ?? shown;
}

/** Another website must not be able to press our buttons, by its own scripts or by giving our address a name of its own. */
function refuseForeigners({ headers, protocol }: FastifyRequest): void {
	const host = headers.host ?? '';
	const ours = /^(127\.0\.0\.1|localhost)(:\d+)?$/.test(host);
	const sameOrigin = headers.origin === undefined || headers.origin === `${protocol}://${host}`;
	if (!ours || !sameOrigin) throw Object.assign(new Error('Not from here'), { statusCode: 403 });
}

function addPage(app: FastifyInstance, folder: string): void {
	for (const [path, { file, type }] of Object.entries(FILES)) {
		app.get(path, (_request, reply) =>
			reply
				.headers({
					'content-type': type,
					'content-security-policy':
						"default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; frame-ancestors 'none'",
					'x-content-type-options': 'nosniff',
					'cache-control': 'no-store',
				})
				.send(createReadStream(join(folder, file))),
		);
	}
	app.get('/favicon.ico', (_request, reply) => reply.status(204).send());
}

/** Server-sent events: the whole state at each change; it is small. */
function addLiveState(app: FastifyInstance, source: PageStateSource): Set<ServerResponse> {
	const streams = new Set<ServerResponse>();
	app.get('/state', async () => {
		await source.refresh();
		return source.state();
	});
	app.get('/live', (_request, reply) => {
		reply.hijack();
		const stream = reply.raw;
		stream.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
		streams.add(stream);
		const stop = source.subscribe((json) => stream.write(`event: state\ndata: ${json}\n\n`));
		stream.on('close', () => {
			stop();
			streams.delete(stream);
		});
	});
	return streams;
}
