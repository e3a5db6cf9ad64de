import { FcmRequests } from './fcmRequests.ts';
import type { FcmBehaviour, FcmEmulator, FcmEmulatorOptions } from './fcmEmulator.types.ts';
import { issueLoopbackCertificate } from './loopbackCertificate.ts';
import { issueServiceAccount } from './serviceAccount.ts';
import { TlsListener } from './tlsListener.ts';

export type { AcceptedMessage } from './messageLog.ts';
export type { EmulatedDevice } from './deviceRegistry.ts';
export type { FcmBehaviour, FcmEmulator, FcmEmulatorOptions, FcmStats } from './fcmEmulator.types.ts';

const USUAL: FcmBehaviour = {
	latencyMs: 0,
	answerDelayMs: 0,
	outage: 'none',
	retryAfterSeconds: undefined,
	accessTokenLifetimeSeconds: 3600,
	quotaPerMinute: Infinity,
	goawayEvery: 0,
	resetEvery: 0,
};

/**
 * Firebase Cloud Messaging on the loopback interface: the HTTP v1 `messages:send` method and Google's OAuth token endpoint, with
 * real signatures, real validation and real error bodies. Faults are driven by the token (see faults.ts).
 */
export async function startFcmEmulator(options: FcmEmulatorOptions = {}): Promise<FcmEmulator> {
	const { host = '127.0.0.1', port = 0, projectId = 'directory-push-sandbox', http2 = true } = options;
	const behaviour: FcmBehaviour = { ...USUAL, ...pickBehaviour(options) };
	const certificate = await issueLoopbackCertificate();
	const requests = new FcmRequests(projectId, behaviour, options.keepMessages ?? 200_000);
	const listener = new TlsListener({
		host,
		port,
		key: certificate.key,
		cert: certificate.cert,
		http2,
		maxConcurrentStreams: options.maxConcurrentStreams ?? 100,
		onRequest: (request, response) => requests.handle(request, response),
		onSession: () => requests.countSession(),
	});
	await listener.open();
	const endpoint = `https://${host}:${listener.port}`;
	const tokenUrl = `${endpoint}/token`;
	const oauth = requests.serveTokens(tokenUrl);

	return {
		endpoint,
		tokenUrl,
		caPem: certificate.caPem,
		projectId,
		devices: requests.devices,
		serviceAccount() {
			const { key, account } = issueServiceAccount(projectId, tokenUrl);
			oauth.trust(account);
			return key;
		},
		registerDevice: (device) => requests.devices.register(device),
		unregisterDevice: (token) => requests.devices.unregister(token),
		messages: () => requests.log.all(),
		waitForMessage: (fits, timeoutMs = 10_000) => requests.log.waitFor(fits, timeoutMs),
		onMessage: (listen) => requests.log.onMessage(listen),
		stats: () => requests.stats(),
		behaviour: () => ({ ...behaviour }),
		async configure(change) {
			Object.assign(behaviour, change);
			if (behaviour.outage === 'refuse') await listener.close();
			else await listener.open();
		},
		expireAccessTokens: () => oauth.expireAll(),
		stop: () => listener.close(),
	};
}

function pickBehaviour(options: FcmEmulatorOptions): Partial<FcmBehaviour> {
	const names = Object.keys(USUAL);
	return Object.fromEntries(Object.entries(options).filter(([name]) => names.includes(name)));
}
