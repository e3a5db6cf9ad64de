import { createPrivateKey, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

import { DomainError } from '../../domain.errors';
import type { Clock } from '../clock';
import type {
	AccessToken,
	AccessTokens,
	FcmSettings,
	HttpAnswer,
	HttpClient,
	ServiceAccount,
} from './fcm.types';
import { unreachable } from './reachability';
import { TransportError } from './transport.errors';

const SCOPE = 'https://www.googleapis.com/auth/firebase.messaging';
const ASSERTION_LIFETIME_S = 3600;
/** A token is renewed this long before it ends, or after half of a shorter life. */
const EARLY_MS = 5 * 60_000;

interface CachedToken {
	value: string;
	expiresAt: number;
	renewAt: number;
}

/**
 * OAuth 2.0 access tokens by the JWT bearer grant (RFC 7523 §2.1), from the configured address, through the configured proxy.
 * One request at a time; everyone who asks meanwhile shares it. Rejects with DomainError.
 */
export class TokenSource implements AccessTokens {
	private readonly key: KeyObject;
	private readonly account: ServiceAccount;
	private cached: CachedToken | undefined;
	private pending: Promise<CachedToken> | undefined;

	constructor(
		private readonly settings: FcmSettings,
		private readonly client: HttpClient,
		private readonly clock: Clock,
	) {
		this.account = settings.serviceAccount;
		this.key = createPrivateKey(this.account.privateKey);
	}

	async token(): Promise<AccessToken> {
		const known = this.cached;
		const fresh = known && this.clock.now() < known.renewAt ? known : await this.renewed();
		return {
			value: fresh.value,
			expiresInSeconds: Math.max(1, Math.floor((fresh.expiresAt - this.clock.now()) / 1000)),
		};
	}

	invalidate(value: string): void {
		if (this.cached?.value === value) this.cached = undefined;
	}

	private async renewed(): Promise<CachedToken> {
		this.pending ??= this.request().finally(() => {
			this.pending = undefined;
		});
		return await this.pending;
	}

	private async request(): Promise<CachedToken> {
		const body = new URLSearchParams({
			grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
			assertion: this.assertion(),
		}).toString();
		const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' };
		this.cached = this.read(await this.post({ path: '', headers, body }));
		return this.cached;
	}

	/** Asking again for a token is harmless: a connection that broke is tried once more. */
	private async post(request: Parameters<HttpClient['post']>[0]): Promise<HttpAnswer> {
		try {
			return await this.client.post(request);
		} catch (error) {
			if (!(error instanceof TransportError) || error.stage !== 'exchange') throw this.unreachable(error);
		}
		try {
			return await this.client.post(request);
		} catch (error) {
			throw this.unreachable(error);
		}
	}

	private unreachable(error: unknown): unknown {
		return error instanceof TransportError
			? unreachable(error, `the token endpoint ${this.settings.tokenUrl.host}`)
			: error;
	}

	private read(answer: HttpAnswer): CachedToken {
		const fields = jsonFields(answer.text);
		if (answer.status !== 200 || !fields) throw refusal(answer, fields, this.settings.tokenUrl.host);
		const { access_token: value, expires_in: lifetime } = fields;
		if (
			typeof value !== 'string' ||
			!/^[\x21-\x7e]+$/.test(value) ||
			typeof lifetime !== 'number' ||
			!(lifetime > 0)
		) {
			throw refusal(answer, undefined, this.settings.tokenUrl.host);
		}
		const now = this.clock.now();
		const life = lifetime * 1000;
		return { value, expiresAt: now + life, renewAt: now + Math.max(life - EARLY_MS, life / 2) };
	}

	private assertion(): string {
		const issuedAt = Math.floor(this.clock.now() / 1000);
		const header = { alg: 'RS256', typ: 'JWT', kid: this.account.privateKeyId };
		const claims = {
			iss: this.account.clientEmail,
			scope: SCOPE,
			aud: this.settings.tokenUrl.href,
			iat: issuedAt,
			exp: issuedAt + ASSERTION_LIFETIME_S,
		};
		const signed = `${base64url(header)}.${base64url(claims)}`;
		return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), this.key).toString('base64url')}`;
	}
}

function refusal(answer: HttpAnswer, fields: Record<string, unknown> | undefined, host: string): DomainError {
	const { status } = answer;
	const code = typeof fields?.error === 'string' ? fields.error : undefined;
	if (status === 429 || status >= 500) {
		return new DomainError(`The token endpoint ${host} is not available (status ${status})`, {
			advice: 'Nothing has to be changed: try again in a while.',
			recovery: 'retry',
			failure: 'temporarily-unavailable',
			code: code ?? String(status),
		});
	}
	if (code === undefined) {
		return new DomainError(`What answers at ${host} is not a token endpoint (status ${status})`, {
			advice: 'Check Token URL and Proxy URL in the credential. Leave Token URL empty for Google.',
			recovery: 'abort',
			failure: 'credential-invalid',
		});
	}
	return new DomainError(`Google refuses the service account (${printable(code)})`, {
		advice: adviceFor(code, fields?.error_description),
		recovery: 'abort',
		failure: 'credential-invalid',
		code,
	});
}

function adviceFor(code: string, description: unknown): string {
	const said = typeof description === 'string' ? ` The answer says: ${printable(description)}` : '';
	if (code === 'invalid_grant') {
		return `The key was deleted, the service account disabled, or this machine's clock is wrong. Generate a new key, or set the clock.${said}`;
	}
	return `Generate a new private key in the Firebase console and paste it into the credential.${said}`;
}

function printable(text: string): string {
	return text.replace(/[^\x20-\x7e]/g, ' ').slice(0, 200);
}

function base64url(part: object): string {
	return Buffer.from(JSON.stringify(part)).toString('base64url');
}

function jsonFields(text: string): Record<string, unknown> | undefined {
	try {
		const parsed: unknown = JSON.parse(text);
		return typeof parsed === 'object' && parsed !== null ? { ...parsed } : undefined;
	} catch {
		// Not JSON: whoever answered is no token endpoint, and the caller says so.
		return undefined;
	}
}
