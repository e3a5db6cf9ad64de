import type { DeviceRegistry, EmulatedDevice, NewDevice } from './deviceRegistry.ts';
import type { AcceptedMessage } from './messageLog.ts';
import type { ServiceAccountKey } from './serviceAccount.ts';

export interface FcmBehaviour {
	/** Added to every answer of messages:send. */
	latencyMs: number;
	/** A message is accepted at once, but its sender hears of it only so much later. */
	answerDelayMs: number;
	/**
	 * - none
	 * - unavailable: every send answers 503 UNAVAILABLE, the token endpoint works
	 * - everything: the token endpoint answers 503 as well
	 * - refuse: nothing listens; open connections are broken
	 */
	outage: 'none' | 'unavailable' | 'everything' | 'refuse';
	/** Retry-After of an outage's 503 and of the quota's 429; absent without. */
	retryAfterSeconds: number | undefined;
	accessTokenLifetimeSeconds: number;
	/** Requests a minute before 429. */
	quotaPerMinute: number;
	/** A graceful GOAWAY after so many requests of an HTTP/2 session; 0 = never. */
	goawayEvery: number;
	/** Every session is destroyed after so many requests; 0 = never. */
	resetEvery: number;
}

export interface FcmEmulatorOptions extends Partial<FcmBehaviour> {
	host?: string;
	port?: number;
	projectId?: string;
	/** False = HTTP/1.1 only, as behind an old proxy. */
	http2?: boolean;
	/** SETTINGS_MAX_CONCURRENT_STREAMS. */
	maxConcurrentStreams?: number;
	/** How many accepted messages are remembered. */
	keepMessages?: number;
}

export interface FcmStats {
	/** messages:send requests, whatever came of them. */
	requests: number;
	accepted: number;
	/** Passed validate_only. */
	validated: number;
	/** FCM error code, or canonical status where there is none → how often. */
	refused: Record<string, number>;
	/** Deliberate faults other than refusals. */
	faults: Record<string, number>;
	overHttp1: number;
	overHttp2: number;
	/** HTTP/2 sessions opened. */
	sessions: number;
	tokenRequests: number;
	accessTokensIssued: number;
	inFlight: number;
	mostInFlight: number;
}

export interface FcmEmulator {
	/** `https://127.0.0.1:<port>`: instead of https://fcm.googleapis.com. */
	readonly endpoint: string;
	readonly tokenUrl: string;
	/** The authority that signed the emulator's certificate. */
	readonly caPem: string;
	readonly projectId: string;
	readonly devices: DeviceRegistry;
	/** A new service account each time; all of them work. */
	serviceAccount(): ServiceAccountKey;
	registerDevice(device: NewDevice): EmulatedDevice;
	unregisterDevice(token: string): void;
	messages(): AcceptedMessage[];
	/** The first message that fits, past or to come; rejects after `timeoutMs` (10 s). */
	waitForMessage(fits: (message: AcceptedMessage) => boolean, timeoutMs?: number): Promise<AcceptedMessage>;
	/** Returns how to stop listening. */
	onMessage(listener: (message: AcceptedMessage) => void): () => void;
	stats(): FcmStats;
	/** What is in force now. */
	behaviour(): FcmBehaviour;
	/** Resolves when the change is in force. */
	configure(change: Partial<FcmBehaviour>): Promise<void>;
	/** Every access token handed out so far stops working. */
	expireAccessTokens(): void;
	stop(): Promise<void>;
}
