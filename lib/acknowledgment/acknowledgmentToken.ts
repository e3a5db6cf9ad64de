import { createHash } from 'node:crypto';

import type { JWTPayload, JWTVerifyOptions } from 'jose';

import type { AcknowledgmentAction } from '../directory/acknowledgments/acknowledgmentRecord.types';
import { DomainError } from '../domain.errors';
import type { AcknowledgmentGrant, MintOptions, SigningKeys, VerifiedGrant } from './acknowledgment.types';
import { isAcknowledgmentAction } from './acknowledgmentAction';
import { deriveKeys } from './acknowledgmentKeys';

/** Characters. A token travels inside push messages of 4,096 bytes; nothing that long is ours. */
export const MAXIMUM_TOKEN_LENGTH = 4096;
/** Bytes of UTF-8: the title helps a person to recognise the message, it need not be whole. */
const MAXIMUM_TITLE_BYTES = 120;
const ALGORITHM = 'HS256';
const TYPE = 'ack+jwt';
const ISSUER = 'directory-push';
const AUDIENCE = 'ack';
const CLOCK_SKEW_SECONDS = 60;

/** Claims beside the registered ones (RFC 7519 §4.1), one letter each for the sake of length. */
interface AcknowledgmentClaims extends JWTPayload {
	/** messageId */
	m: string;
	/** actions */
	a: AcknowledgmentAction[];
	/** correlationId */
	c?: string;
	/** eventId */
	e?: string;
	/** title */
	t?: string;
	/** locale */
	l?: string;
}

/**
 * Signs a compact JWS (RFC 7515, HS256). Rejects with DomainError: `notConfigured` without a strong secret, `invalid` for a grant
 * that could never be verified.
 */
export async function mintAcknowledgmentToken(
	grant: AcknowledgmentGrant,
	keys: SigningKeys,
	{ lifetimeSeconds }: MintOptions,
): Promise<string> {
	const [key] = deriveKeys(keys, 'acknowledgment token');
	assertMintable(grant, lifetimeSeconds);
	const { SignJWT } = await import('jose');
	const now = Math.floor(Date.now() / 1000);
	const token = await new SignJWT(claimsOf(grant))
		.setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid: key.id })
		.setIssuer(ISSUER)
		.setAudience(AUDIENCE)
		.setSubject(grant.recipientId)
		.setJti(tokenId(grant))
		.setIssuedAt(now)
		.setExpirationTime(now + Math.ceil(lifetimeSeconds))
		.sign(key.bytes);
	if (token.length > MAXIMUM_TOKEN_LENGTH)
		throw unmintable(`the token would be ${token.length} characters long`);
	return token;
}

/**
 * Rejects with DomainError whose code is `expired` (genuine, but too late), `invalid` (not ours, changed or damaged) or
 * `notConfigured` (there is no secret to check with). Why exactly a token is invalid stays in `cause`: the person who holds it
 * need not know, a forger must not.
 */
export async function verifyAcknowledgmentToken(token: string, keys: SigningKeys): Promise<VerifiedGrant> {
	const accepted = deriveKeys(keys, 'acknowledgment token');
	if (typeof token !== 'string' || token.length > MAXIMUM_TOKEN_LENGTH)
		throw invalid(new Error('not a token of ours'));
	const { errors, jwtVerify } = await import('jose');
	try {
		const { payload } = await jwtVerify<AcknowledgmentClaims>(
			token,
			({ kid }) => {
				const key = accepted.find(({ id }) => id === kid);
				if (!key) throw new errors.JWSInvalid('unknown kid');
				return key.bytes;
			},
			VERIFICATION,
		);
		return grantOf(payload);
	} catch (error) {
		if (error instanceof errors.JWTExpired) throw expired(error);
		throw invalid(error);
	}
}

const VERIFICATION: JWTVerifyOptions = {
	algorithms: [ALGORITHM],
	typ: TYPE,
	issuer: ISSUER,
	audience: AUDIENCE,
	requiredClaims: ['sub', 'jti', 'iat', 'exp', 'm', 'a'],
	clockTolerance: CLOCK_SKEW_SECONDS,
};

function claimsOf(grant: AcknowledgmentGrant): AcknowledgmentClaims {
	return {
		m: grant.messageId,
		a: [...new Set(grant.actions)],
		...(grant.correlationId && { c: grant.correlationId }),
		...(grant.eventId && { e: grant.eventId }),
		...(grant.title && { t: shortened(grant.title) }),
		...(grant.locale && { l: grant.locale }),
	};
}

/** The same for every copy of a message to one recipient, so that a replay is recognisable. */
function tokenId({ messageId, recipientId }: AcknowledgmentGrant): string {
	return createHash('sha256')
		.update(JSON.stringify([messageId, recipientId]))
		.digest('base64url')
		.slice(0, 16);
}

/** Cut between what a reader sees as characters, never inside an emoji or an accent. */
function shortened(title: string): string {
	if (Buffer.byteLength(title) <= MAXIMUM_TITLE_BYTES) return title;
	let kept = '';
	for (const { segment } of new Intl.Segmenter().segment(title)) {
		if (Buffer.byteLength(`${kept}${segment}…`) > MAXIMUM_TITLE_BYTES) break;
		kept += segment;
	}
	return `${kept}…`;
}

function grantOf(payload: AcknowledgmentClaims): VerifiedGrant {
	const { sub, iat, exp, m, a, c, e, t, l } = payload;
	const names = [sub, m].every((claim) => typeof claim === 'string' && claim !== '');
	const texts = [c, e, t, l].every((claim) => claim === undefined || typeof claim === 'string');
	const actions = Array.isArray(a) && a.length > 0 && a.every(isAcknowledgmentAction);
	if (!names || !texts || !actions || sub === undefined || iat === undefined || exp === undefined) {
		throw new Error('a claim has an unexpected type');
	}
	return {
		messageId: m,
		recipientId: sub,
		actions: a,
		correlationId: c,
		eventId: e,
		title: t,
		locale: l,
		issuedAt: new Date(iat * 1000).toISOString(),
		expiresAt: new Date(exp * 1000).toISOString(),
	};
}

function assertMintable(grant: AcknowledgmentGrant, lifetimeSeconds: number): void {
	if (!grant.messageId) throw unmintable('the message has no id');
	if (!grant.recipientId) throw unmintable('the recipient has no id');
	if (grant.actions.length === 0) throw unmintable('no answer is allowed');
	const unknown = grant.actions.find((action) => !isAcknowledgmentAction(action));
	if (unknown !== undefined) throw unmintable(`"${String(unknown)}" is not an answer we know`);
	if (!(lifetimeSeconds > 0 && lifetimeSeconds <= MAXIMUM_LIFETIME_SECONDS)) {
		throw unmintable(
			`a lifetime of ${String(lifetimeSeconds)} seconds is not between one second and ten years`,
		);
	}
}

const MAXIMUM_LIFETIME_SECONDS = 10 * 366 * 24 * 3600;

function unmintable(problem: string): DomainError {
	return new DomainError(`No acknowledgment link can be made: ${problem}`, {
		advice:
			'Give the message an id, a recipient, at least one allowed answer and a lifetime; keep ids short.',
		recovery: 'skip',
		failure: 'configuration-invalid',
		code: 'invalid',
	});
}

function invalid(cause: unknown): DomainError {
	return new DomainError('The acknowledgment link is not valid', {
		advice:
			'Open the link from the original message again. If every link is refused, the Acknowledgment Signing credential of the sending workflow differs from the one of the Acknowledgment Trigger.',
		recovery: 'skip',
		failure: 'permission-denied',
		code: 'invalid',
		cause,
	});
}

function expired(cause: unknown): DomainError {
	return new DomainError('The acknowledgment link has expired', {
		advice: 'Send the message again, with a longer lifetime if people need more time.',
		recovery: 'skip',
		failure: 'permission-denied',
		code: 'expired',
		cause,
	});
}
