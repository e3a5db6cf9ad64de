import { randomBytes, verify } from 'node:crypto';

import type { Json } from './json.types.ts';
import { at, parseJson, textAt } from './json.types.ts';
import type { IssuedAccount } from './serviceAccount.ts';

const GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const SEND_SCOPES = [
	'https://www.googleapis.com/auth/firebase.messaging',
	'https://www.googleapis.com/auth/cloud-platform',
];
const LONGEST_ASSERTION_SECONDS = 3600;
/** How far clocks may be apart. */
const LEEWAY_SECONDS = 300;

export interface TokenAnswer {
	httpStatus: number;
	body: Record<string, string | number>;
}

interface GrantedToken {
	expiresAt: number;
	maySend: boolean;
}

export interface Assertion {
	header: Json;
	claims: Json;
	signed: string;
	signature: Buffer;
}

/** Google's token endpoint for service accounts: the JWT bearer grant of RFC 7523 §2.1, verified for real. */
export class OauthTokenEndpoint {
	readonly #audience: string;
	readonly #accounts = new Map<string, IssuedAccount>();
	readonly #granted = new Map<string, GrantedToken>();
	issued = 0;

	constructor(audience: string) {
		this.#audience = audience;
	}

	trust(account: IssuedAccount): void {
		this.#accounts.set(account.email, account);
	}

	/** @param form body of the POST, form-encoded. @param lifetimeSeconds of the access token granted. */
	answer(form: string, lifetimeSeconds: number): TokenAnswer {
		const fields = new URLSearchParams(form);
		const grantType = fields.get('grant_type');
		if (!grantType) return refuse('invalid_request', 'Required parameter is missing: grant_type');
		if (grantType !== GRANT_TYPE) return refuse('unsupported_grant_type', `Invalid grant_type: ${grantType}`);
		const jwt = fields.get('assertion');
		if (!jwt) return refuse('invalid_request', 'Required parameter is missing: assertion');
		const assertion = readAssertion(jwt);
		if (!assertion) return refuse('invalid_grant', 'Bad Request: the assertion is not a JWT');
		const problem = this.#problemOf(assertion);
		if (problem) return problem;
		return this.#grant(scopesOf(assertion.claims), lifetimeSeconds);
	}

	/** What an access token allows; 'unknown' also when it has expired. */
	check(accessToken: string): 'maySend' | 'maySendNothing' | 'unknown' {
		const granted = this.#granted.get(accessToken);
		if (!granted || granted.expiresAt <= Date.now()) return 'unknown';
		return granted.maySend ? 'maySend' : 'maySendNothing';
	}

	/** As if the lifetime of every access token had passed. */
	expireAll(): void {
		this.#granted.clear();
	}

	#problemOf({ header, claims, signed, signature }: Assertion): TokenAnswer | undefined {
		const account = this.#accounts.get(textAt(claims, 'iss') ?? '');
		if (!account) return refuse('invalid_grant', 'Invalid grant: account not found');
		const keyId = textAt(header, 'kid');
		const signedByAccount =
			textAt(header, 'alg') === 'RS256' &&
			(keyId === undefined || keyId === account.keyId) &&
			verify('RSA-SHA256', Buffer.from(signed), account.publicKey, signature);
		if (!signedByAccount) return refuse('invalid_grant', 'Invalid JWT Signature.');
		if (textAt(claims, 'aud') !== this.#audience)
			return refuse('invalid_grant', 'Invalid JWT: Failed audience check.');
		if (!isTimely(claims)) {
			return refuse(
				'invalid_grant',
				'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.',
			);
		}
		if (scopesOf(claims).length === 0) {
			return refuse('invalid_scope', 'Invalid OAuth scope or ID token audience provided.');
		}
		return undefined;
	}

	#grant(scopes: string[], lifetimeSeconds: number): TokenAnswer {
		const accessToken = `ya29.c.${randomBytes(48).toString('base64url')}`;
		const maySend = scopes.some((scope) => SEND_SCOPES.includes(scope));
		this.#granted.set(accessToken, { expiresAt: Date.now() + lifetimeSeconds * 1000, maySend });
		this.issued++;
		return {
			httpStatus: 200,
			body: { access_token: accessToken, expires_in: lifetimeSeconds, token_type: 'Bearer' },
		};
	}
}

function readAssertion(jwt: string): Assertion | undefined {
	const parts = jwt.split('.');
	const [header, claims, signature] = parts;
	if (parts.length !== 3 || header === undefined || claims === undefined || signature === undefined)
		return undefined;
	const parsed = [header, claims].map((part) => parseJson(Buffer.from(part, 'base64url').toString()));
	const [headerJson, claimsJson] = parsed;
	if (headerJson === undefined || claimsJson === undefined) return undefined;
	return {
		header: headerJson,
		claims: claimsJson,
		signed: `${header}.${claims}`,
		signature: Buffer.from(signature, 'base64url'),
	};
}

function isTimely(claims: Json): boolean {
	const iat = at(claims, 'iat');
	const exp = at(claims, 'exp');
	if (typeof iat !== 'number' || typeof exp !== 'number') return false;
	const now = Date.now() / 1000;
	if (iat > now + LEEWAY_SECONDS || exp < now - LEEWAY_SECONDS) return false;
	return exp > iat && exp - iat <= LONGEST_ASSERTION_SECONDS;
}

const scopesOf = (claims: Json): string[] =>
	(textAt(claims, 'scope') ?? '').split(/\s+/).filter((scope) => scope.length > 0);

const refuse = (error: string, description: string): TokenAnswer => ({
	httpStatus: 400,
	body: { error, error_description: description },
});
