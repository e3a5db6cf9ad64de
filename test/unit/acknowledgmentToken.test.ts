import { createHmac } from 'node:crypto';

import { SignJWT } from 'jose';

import type { AcknowledgmentGrant, SigningKeys } from '../../lib/acknowledgment/acknowledgment.types';
import { deriveKeys } from '../../lib/acknowledgment/acknowledgmentKeys';
import {
	MAXIMUM_TOKEN_LENGTH,
	mintAcknowledgmentToken,
	verifyAcknowledgmentToken,
} from '../../lib/acknowledgment/acknowledgmentToken';
import { DomainError } from '../../lib/domain.errors';

const keys: SigningKeys = { secret: 'a secret for tests, long enough to be one' };
const otherKeys: SigningKeys = { secret: 'another secret for tests, as long as that' };
const grant: AcknowledgmentGrant = {
	messageId: 'm-7f3a',
	recipientId: '0c4ee1f2-3a5b-103f-9c1d-6b1f2a7f0001',
	actions: ['acknowledged', 'rejected'],
	correlationId: 'c-1',
	eventId: 'e-1',
	title: 'Welcome to Ward 7',
	locale: 'de-CH',
};
const lifetime = { lifetimeSeconds: 3600 };

async function refusal(promise: Promise<unknown>): Promise<string | undefined> {
	try {
		await promise;
		return 'accepted';
	} catch (error) {
		if (!(error instanceof DomainError)) throw error;
		return error.code;
	}
}
const verdict = (token: string, by = keys) => refusal(verifyAcknowledgmentToken(token, by));

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const decode = (part: string | undefined) =>
	JSON.parse(Buffer.from(part ?? '', 'base64url').toString()) as Record<string, unknown>;

/** Signs whatever it is given with the real key: what remains is refused for what it says, not for its signature. */
function forge(header: Record<string, unknown>, claims: Record<string, unknown>, hash = 'sha256'): string {
	const [key] = deriveKeys(keys, 'acknowledgment token');
	const input = `${encode({ alg: 'HS256', typ: 'ack+jwt', kid: key.id, ...header })}.${encode(claims)}`;
	return `${input}.${createHmac(hash, key.bytes).update(input).digest('base64url')}`;
}

async function genuineClaims(): Promise<Record<string, unknown>> {
	return decode((await mintAcknowledgmentToken(grant, keys, lifetime)).split('.')[1]);
}

describe('an acknowledgment token', () => {
	it('brings back what it was made for', async () => {
		const verified = await verifyAcknowledgmentToken(
			await mintAcknowledgmentToken(grant, keys, lifetime),
			keys,
		);
		expect(verified).toMatchObject(grant);
		expect(Date.parse(verified.expiresAt) - Date.parse(verified.issuedAt)).toBe(3600_000);
	});

	it('is a compact JWS that says its type and its key, and not what it was signed with', async () => {
		const token = await mintAcknowledgmentToken(grant, keys, lifetime);
		expect(decode(token.split('.')[0])).toEqual({
			alg: 'HS256',
			typ: 'ack+jwt',
			kid: expect.stringMatching(/^[\w-]{8}$/),
		});
		expect(token).not.toContain(Buffer.from(keys.secret).toString('base64url'));
	});

	it('has the same id for every copy of a message to a recipient, and another for anyone else', async () => {
		const idOf = async (changed: Partial<AcknowledgmentGrant>) =>
			decode((await mintAcknowledgmentToken({ ...grant, ...changed }, keys, lifetime)).split('.')[1]).jti;
		const id = await idOf({});
		expect(id).toBe(await idOf({ title: 'Sent again' }));
		expect(id).not.toBe(await idOf({ recipientId: 'someone-else' }));
		expect(id).not.toBe(await idOf({ messageId: 'another' }));
		expect(await idOf({ messageId: 'a', recipientId: 'bc' })).not.toBe(
			await idOf({ messageId: 'ab', recipientId: 'c' }),
		);
	});

	it('stays short whatever the title, and cuts between characters', async () => {
		const title = 'Fire drill 👩‍👩‍👧‍👦 '.repeat(300);
		const token = await mintAcknowledgmentToken({ ...grant, title }, keys, lifetime);
		expect(token.length).toBeLessThan(800);
		const { title: shown } = await verifyAcknowledgmentToken(token, keys);
		expect(shown).toMatch(/^(Fire drill 👩‍👩‍👧‍👦 )+.*…$/u);
		expect(shown).not.toMatch(/\p{Cs}|‍…$/u);
	});

	it('carries any script', async () => {
		const odd = { ...grant, title: 'שלום "<b>" \u0000 \n 你好 👍', recipientId: 'uid=a,ou=b\u0000' };
		const verified = await verifyAcknowledgmentToken(
			await mintAcknowledgmentToken(odd, keys, lifetime),
			keys,
		);
		expect(verified).toMatchObject(odd);
	});
});

describe('rotation', () => {
	it('accepts the previous secret and signs with the current one', async () => {
		const old = await mintAcknowledgmentToken(grant, otherKeys, lifetime);
		const rotated = { ...keys, previousSecret: otherKeys.secret };
		expect(await verdict(old, rotated)).toBe('accepted');
		const fresh = await mintAcknowledgmentToken(grant, rotated, lifetime);
		expect(await verdict(fresh, keys)).toBe('accepted');
		expect(await verdict(fresh, otherKeys)).toBe('invalid');
		expect(await verdict(old, keys)).toBe('invalid');
	});
});

describe('a forged token is refused', () => {
	it.each<[string, (parts: string[]) => string]>([
		[
			'another recipient',
			([head, body, tag]) => `${head}.${encode({ ...decode(body), sub: 'boss' })}.${tag}`,
		],
		['another message', ([head, body, tag]) => `${head}.${encode({ ...decode(body), m: 'other' })}.${tag}`],
		['more actions', ([head, body, tag]) => `${head}.${encode({ ...decode(body), a: ['approved'] })}.${tag}`],
		['a later end', ([head, body, tag]) => `${head}.${encode({ ...decode(body), exp: 9e9 })}.${tag}`],
		['alg none', ([, body]) => `${encode({ alg: 'none', typ: 'ack+jwt' })}.${body}.`],
		['alg none, signed', ([head, body, tag]) => `${encode({ ...decode(head), alg: 'none' })}.${body}.${tag}`],
		[
			'an unknown key id',
			([head, body, tag]) => `${encode({ ...decode(head), kid: 'AAAAAAAA' })}.${body}.${tag}`,
		],
		[
			'a prototype as key id',
			([head, body, tag]) => `${encode({ ...decode(head), kid: '__proto__' })}.${body}.${tag}`,
		],
		['no signature', ([head, body]) => `${head}.${body}.`],
		['a cut signature', ([head, body, tag]) => `${head}.${body}.${tag?.slice(0, -3)}`],
		['a cut body', ([head, body, tag]) => `${head}.${body?.slice(0, -9)}.${tag}`],
		['two parts', ([head, body]) => `${head}.${body}`],
		['a fourth part', (parts) => `${parts.join('.')}.${parts[2]}`],
		['white space around', (parts) => ` ${parts.join('.')} `],
	])('%s', async (_, change) => {
		const token = await mintAcknowledgmentToken(grant, keys, lifetime);
		expect(await verdict(token)).toBe('accepted');
		expect(await verdict(change(token.split('.')))).toBe('invalid');
	});

	it.each([
		['nothing', ''],
		['words', 'not a token'],
		['10 kB', `${'a'.repeat(5000)}.${'b'.repeat(5000)}.c`],
		['other scripts', 'é.ß.👍'],
		['NUL', '\u0000.\u0000.\u0000'],
		['an address', 'https://example.org/?token=1'],
	])('%s', async (_, token) => {
		expect(await verdict(token)).toBe('invalid');
	});

	it('what is not text', async () => {
		for (const token of [undefined, null, 7, {}, ['a.b.c']]) {
			expect(await refusal(verifyAcknowledgmentToken(token as string, keys))).toBe('invalid');
		}
	});

	it('a genuine one with the wrong key', async () => {
		expect(await verdict(await mintAcknowledgmentToken(grant, otherKeys, lifetime))).toBe('invalid');
	});

	it('one signed with the bare secret instead of the key derived from it', async () => {
		const [{ id }] = deriveKeys(keys, 'acknowledgment token');
		const token = await new SignJWT(await genuineClaims())
			.setProtectedHeader({ alg: 'HS256', typ: 'ack+jwt', kid: id })
			.sign(Buffer.from(keys.secret));
		expect(await verdict(token)).toBe('invalid');
	});

	it('one signed with the key for records', async () => {
		const [record] = deriveKeys(keys, 'acknowledgment record');
		const [{ id }] = deriveKeys(keys, 'acknowledgment token');
		expect(record.id).not.toBe(id);
		const token = await new SignJWT(await genuineClaims())
			.setProtectedHeader({ alg: 'HS256', typ: 'ack+jwt', kid: id })
			.sign(record.bytes);
		expect(await verdict(token)).toBe('invalid');
	});

	it('a genuine one of more than 4 kB', async () => {
		const claims = await genuineClaims();
		expect(await verdict(forge({}, { ...claims, t: 'x'.repeat(2000) }))).toBe('accepted');
		expect(await verdict(forge({}, { ...claims, t: 'x'.repeat(MAXIMUM_TOKEN_LENGTH) }))).toBe('invalid');
	});

	it('a genuine signature that says something else', async () => {
		const claims = await genuineClaims();
		expect(await verdict(forge({}, claims))).toBe('accepted');
		const changed: Array<[Record<string, unknown>, Record<string, unknown>, string?]> = [
			[{ alg: 'HS512' }, {}, 'sha512'],
			[{ alg: 'HS384' }, {}, 'sha384'],
			[{ typ: 'JWT' }, {}],
			[{ typ: undefined }, {}],
			[{ kid: undefined }, {}],
			[{ crit: ['b64'], b64: false }, {}],
			[{}, { aud: 'someone-else' }],
			[{}, { iss: 'someone-else' }],
			[{}, { nbf: 9e9 }],
			...['iss', 'aud', 'sub', 'jti', 'iat', 'exp', 'm', 'a'].map(
				(claim): [Record<string, unknown>, Record<string, unknown>] => [{}, { [claim]: undefined }],
			),
			[{}, { sub: '' }],
			[{}, { sub: 7 }],
			[{}, { m: '' }],
			[{}, { m: ['x'] }],
			[{}, { a: [] }],
			[{}, { a: 'acknowledged' }],
			[{}, { a: ['acknowledged', 'deleted'] }],
			[{}, { t: { html: 1 } }],
			[{}, { exp: 'tomorrow' }],
		];
		for (const [header, changes, hash] of changed) {
			const token = forge(header, { ...claims, ...changes }, hash);
			expect([header, changes, await verdict(token)]).toEqual([header, changes, 'invalid']);
		}
	});
});

describe('expiry', () => {
	it('is told apart from forgery, and only for genuine tokens', async () => {
		const now = Math.floor(Date.now() / 1000);
		const claims = await genuineClaims();
		const late = forge({}, { ...claims, iat: now - 7200, exp: now - 3600 });
		expect(await verdict(late)).toBe('expired');
		expect(await verdict(`${late.slice(0, -2)}${late.endsWith('AA') ? 'BB' : 'AA'}`)).toBe('invalid');
	});

	it('allows clocks to differ by a minute', async () => {
		const now = Math.floor(Date.now() / 1000);
		const claims = await genuineClaims();
		expect(await verdict(forge({}, { ...claims, exp: now - 30 }))).toBe('accepted');
		expect(await verdict(forge({}, { ...claims, exp: now - 90 }))).toBe('expired');
	});
});

describe('without a strong secret nothing is signed and nothing is believed', () => {
	const weak: Array<[string, SigningKeys]> = [
		['none', { secret: '' }],
		['blanks', { secret: ' '.repeat(40) }],
		['31 bytes', { secret: 'x'.repeat(31) }],
		['a short previous secret', { ...keys, previousSecret: 'short' }],
	];
	it.each(weak)('%s', async (_, by) => {
		const token = await mintAcknowledgmentToken(grant, keys, lifetime);
		expect(await refusal(mintAcknowledgmentToken(grant, by, lifetime))).toBe('notConfigured');
		expect(await verdict(token, by)).toBe('notConfigured');
	});

	it('32 bytes are enough', async () => {
		expect(await refusal(mintAcknowledgmentToken(grant, { secret: 'x'.repeat(32) }, lifetime))).toBe(
			'accepted',
		);
	});
});

describe('a token that could never be used is not made', () => {
	it.each<[string, Partial<AcknowledgmentGrant>, number]>([
		['no message', { messageId: '' }, 60],
		['no recipient', { recipientId: '' }, 60],
		['no action', { actions: [] }, 60],
		['no lifetime', {}, 0],
		['a negative lifetime', {}, -5],
		['no number', {}, Number.NaN],
		['for ever', {}, Number.POSITIVE_INFINITY],
		['an id of 4 kB', { correlationId: 'x'.repeat(MAXIMUM_TOKEN_LENGTH) }, 60],
	])('%s', async (_, changed, lifetimeSeconds) => {
		expect(await refusal(mintAcknowledgmentToken({ ...grant, ...changed }, keys, { lifetimeSeconds }))).toBe(
			'invalid',
		);
	});
});
