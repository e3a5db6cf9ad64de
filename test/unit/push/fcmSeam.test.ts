import { deleteApp, initializeApp, SDK_VERSION } from 'firebase-admin/app';
import type { App } from 'firebase-admin/app';
import { getMessaging } from 'firebase-admin/messaging';
import type { Messaging } from 'firebase-admin/messaging';

import { dependencies } from '../../../package.json';
import { bindTransport, SeamMoved } from '../../../lib/push/fcm/admin.seam';
import type { AccessTokens, HttpAnswer, HttpClient, HttpRequest } from '../../../lib/push/fcm/fcm.types';
import { toFcmMessage } from '../../../lib/push/fcm/wire';
import { pushMessage } from '../../support/pushMessage';

class ScriptedClient implements HttpClient {
	readonly requests: HttpRequest[] = [];
	constructor(private readonly answers: HttpAnswer[]) {}
	async post(request: HttpRequest): Promise<HttpAnswer> {
		this.requests.push(request);
		const answer = this.answers.shift();
		if (!answer) throw new Error('no more answers');
		return answer;
	}
	close(): void {}
}

class CountingTokens implements AccessTokens {
	invalidated: string[] = [];
	async token() {
		return { value: `token-${this.invalidated.length}`, expiresInSeconds: 3600 };
	}
	invalidate(value: string): void {
		this.invalidated.push(value);
	}
}

const answer = (status: number, text: string): HttpAnswer => ({ status, headers: {}, text });
const ok = () => answer(200, '{"name":"projects/hospital-push/messages/1"}');
const unauthenticated = (details: object[] = []) =>
	answer(401, JSON.stringify({ error: { code: 401, status: 'UNAUTHENTICATED', message: 'no', details } }));

let app: App;
let messaging: Messaging;
const tokens = new CountingTokens();

beforeEach(() => {
	tokens.invalidated = [];
	const credential = { getAccessToken: async () => ({ access_token: 'sdk', expires_in: 3600 }) };
	app = initializeApp({ projectId: 'hospital-push', credential }, 'seam');
	messaging = getMessaging(app);
});
afterEach(async () => deleteApp(app));

describe('the seam in firebase-admin', () => {
	it('is that of the pinned version', () => {
		expect(dependencies['firebase-admin']).toBe(SDK_VERSION);
		expect(() => bindTransport(messaging, new ScriptedClient([]), tokens)).not.toThrow();
	});

	it.each([
		['the handler', 'messagingRequestHandler', undefined],
		['the client', 'messagingRequestHandler', {}],
		['its send', 'messagingRequestHandler', { httpClient: {} }],
	])('is missed loudly when %s is gone', (_case, name, value) => {
		Object.defineProperty(messaging, name, { value });
		expect(() => bindTransport(messaging, new ScriptedClient([]), tokens)).toThrow(SeamMoved);
	});

	it('sends exactly what FCM v1 expects, identified as the SDK', async () => {
		const client = new ScriptedClient([ok()]);
		bindTransport(messaging, client, tokens);
		const message = pushMessage({
			priority: 'high',
			timeToLiveSeconds: 90,
			link: 'https://a.example/',
			data: { a: '1' },
		});
		const name = await messaging.send(toFcmMessage(message, 'device', 1000), true);
		expect(name).toBe('projects/hospital-push/messages/1');
		const [request] = client.requests;
		expect(request?.path).toBe('/v1/projects/hospital-push/messages:send');
		expect(request?.headers).toMatchObject({
			Authorization: 'Bearer token-0',
			'X-Firebase-Client': `fire-admin-node/${SDK_VERSION}`,
			'X-Goog-Api-Client': `gl-node/${process.versions.node} fire-admin/${SDK_VERSION}`,
			'content-type': 'application/json; charset=utf-8',
		});
		expect(JSON.parse(request?.body ?? '')).toEqual({
			validate_only: true,
			message: {
				token: 'device',
				notification: { title: message.title, body: message.body },
				data: { a: '1', link: 'https://a.example/' },
				android: { priority: 'high', ttl: '90s', notification: { tag: message.messageId } },
				apns: {
					headers: {
						'apns-collapse-id': message.messageId,
						'apns-priority': '10',
						'apns-expiration': '1090',
					},
				},
				webpush: {
					headers: { Topic: message.messageId, TTL: '90', Urgency: 'high' },
					fcmOptions: { link: 'https://a.example/' },
				},
			},
		});
	});

	it('asks once for a new token when the old one is refused', async () => {
		const client = new ScriptedClient([unauthenticated(), ok()]);
		bindTransport(messaging, client, tokens);
		await messaging.send({ token: 'device' });
		expect(tokens.invalidated).toEqual(['token-0']);
		expect(client.requests.map(({ headers }) => headers.Authorization)).toEqual([
			'Bearer token-0',
			'Bearer token-1',
		]);
	});

	it('does not ask a third time', async () => {
		const client = new ScriptedClient([unauthenticated(), unauthenticated()]);
		bindTransport(messaging, client, tokens);
		await expect(messaging.send({ token: 'device' })).rejects.toMatchObject({
			httpResponse: { status: 401 },
		});
		expect(client.requests).toHaveLength(2);
	});

	it('keeps its token when it is the key for Apple that is refused', async () => {
		const detail = {
			'@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError',
			errorCode: 'THIRD_PARTY_AUTH_ERROR',
		};
		const client = new ScriptedClient([unauthenticated([detail])]);
		bindTransport(messaging, client, tokens);
		await expect(messaging.send({ token: 'device' })).rejects.toMatchObject({
			httpResponse: { status: 401 },
		});
		expect(tokens.invalidated).toEqual([]);
	});

	it.each([
		'{"ok":true}',
		'{"name":7}',
		'{"name":"x","error":null}',
		'null',
		'""',
		'<html>',
		'{"name": "projects/',
		'',
	])('takes no other 200 for success: %s', async (text) => {
		bindTransport(messaging, new ScriptedClient([answer(200, text)]), tokens);
		await expect(messaging.send({ token: 'device' })).rejects.toMatchObject({
			httpResponse: { status: 200 },
		});
	});

	it('takes no JSON of a proxy for success', async () => {
		bindTransport(messaging, new ScriptedClient([answer(502, '{"message":"upstream"}')]), tokens);
		await expect(messaging.send({ token: 'device' })).rejects.toMatchObject({
			httpResponse: { status: 502 },
		});
	});
});
