import { createHash } from 'node:crypto';

import { deleteApp, initializeApp } from 'firebase-admin/app';
import type { App, AppOptions } from 'firebase-admin/app';
import { getMessaging } from 'firebase-admin/messaging';
import type { Message } from 'firebase-admin/messaging';

import type { Clock } from '../clock';
import { EndpointAgent } from './admin.fallback';
import { SeamMoved, bindTransport } from './admin.seam';
import { Connector } from './connection';
import type { AccessTokens, FcmSettings, HttpClient, HttpLimits } from './fcm.types';
import { Http1Client } from './http1.client';
import { NegotiatedClient } from './negotiated.client';
import { TokenSource } from './token.source';

/** `pool` = our transport at the private seam, `public` = firebase-admin's public options, `auto` = pool if the seam is there. */
export type Route = 'auto' | 'pool' | 'public';

/** One credential's connection to FCM. */
export interface FcmChannel {
	/** Resolves to FCM's name of the message. Rejects with whatever firebase-admin or the transport reports: see verdict.ts. */
	send(message: Message, dryRun: boolean): Promise<string>;
	close(): Promise<void>;
}

interface ChannelParts {
	settings: FcmSettings;
	limits: HttpLimits;
	clock: Clock;
	route: Route;
}

interface SharedChannel {
	app: App;
	users: number;
	send: FcmChannel['send'];
	shutDown(): void;
}

/** By hash of the credential. A named app for each: the SDK's default app would send one project's messages as another's. */
const channels = new Map<string, SharedChannel>();
let opened = 0;

/** Channels with the same credential share app, connections and access token; the last to close takes them down. */
export function openChannel(parts: ChannelParts): FcmChannel {
	const key = keyOf(parts);
	const shared = channels.get(key) ?? create(key, parts);
	channels.set(key, shared);
	shared.users++;
	let open = true;
	return {
		send: shared.send,
		close: async () => {
			if (!open) return;
			open = false;
			shared.users--;
			if (shared.users > 0) return;
			channels.delete(key);
			shared.shutDown();
			await deleteApp(shared.app);
		},
	};
}

function create(key: string, parts: ChannelParts): SharedChannel {
	const { settings, limits, clock, route } = parts;
	const tokenClient = new Http1Client(connectorTo(settings.tokenUrl, parts), settings.tokenUrl, limits);
	const tokens = new TokenSource(settings, tokenClient, clock);
	const agent = route === 'public' ? new EndpointAgent(settings, limits) : undefined;
	// The number keeps a name free while an app of the same credential is being deleted.
	const app = initializeApp(appOptions(settings, tokens, agent), `directory-push-${key}-${++opened}`);
	const messaging = getMessaging(app);
	const client = agent ? undefined : new NegotiatedClient(settings.endpoint, settings, limits);
	if (client) {
		try {
			bindTransport(messaging, client, tokens);
		} catch (error) {
			discard(app);
			if (error instanceof SeamMoved && route === 'auto') return create(key, { ...parts, route: 'public' });
			throw error;
		}
	}
	return {
		app,
		users: 0,
		send: async (message, dryRun) => await messaging.send(message, dryRun),
		shutDown: () => closeAll([client, tokenClient], agent),
	};
}

function appOptions(
	settings: FcmSettings,
	tokens: AccessTokens,
	agent: EndpointAgent | undefined,
): AppOptions {
	return {
		projectId: settings.serviceAccount.projectId,
		credential: {
			getAccessToken: async () => {
				const { value, expiresInSeconds } = await tokens.token();
				return { access_token: value, expires_in: expiresInSeconds };
			},
		},
		...(agent ? { httpAgent: agent } : {}),
	};
}

function connectorTo(
	target: URL,
	{ settings: { proxy, ca }, limits: { connectTimeoutMs } }: ChannelParts,
): Connector {
	return new Connector({ target, proxy, ca, connectTimeoutMs });
}

function closeAll(clients: Array<HttpClient | undefined>, agent: EndpointAgent | undefined): void {
	for (const client of clients) client?.close();
	agent?.destroy();
}

/** An app that never sent anything; that deleting it fails would change nothing for the caller. */
function discard(app: App): void {
	deleteApp(app).catch(() => undefined);
}

function keyOf({ settings, route, limits }: ChannelParts): string {
	const { serviceAccount, endpoint, tokenUrl, proxy, ca } = settings;
	const identity = [serviceAccount, endpoint.href, tokenUrl.href, proxy?.href, ca, route, limits];
	return createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 32);
}
