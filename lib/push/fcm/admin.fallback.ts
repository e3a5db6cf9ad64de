import https from 'node:https';
import type http from 'node:http';
import type { Duplex } from 'node:stream';

import { DomainError } from '../../domain.errors';
import { Connector, handOver } from './connection';
import type { FcmSettings, HttpLimits } from './fcm.types';

/**
 * The way through firebase-admin's public options alone: an agent for `send()` that connects to our address instead of
 * fcm.googleapis.com, through our proxy and with our CA. HTTP/1.1; the SDK's own retries apply, and they may repeat a message after
 * a time-out (the device shows one: its tag is the same). The Host header stays Google's and a path prefix cannot be added.
 */
export class EndpointAgent extends https.Agent {
	private readonly connector: Connector;

	constructor({ endpoint, proxy, ca }: FcmSettings, limits: HttpLimits) {
		super({ keepAlive: true, maxSockets: 100, timeout: limits.idleTimeoutMs });
		if (endpoint.pathname !== '/') {
			throw new DomainError('An endpoint with a path needs another version of firebase-admin', {
				advice: 'Install this package again, so that it gets the version of firebase-admin it was made for.',
				recovery: 'abort',
				failure: 'configuration-invalid',
			});
		}
		this.connector = new Connector({
			target: endpoint,
			proxy,
			ca,
			connectTimeoutMs: limits.connectTimeoutMs,
		});
	}

	override createConnection(
		_options: http.ClientRequestArgs,
		callback?: (error: Error | null, stream: Duplex) => void,
	): undefined {
		handOver(this.connector, callback);
	}
}
