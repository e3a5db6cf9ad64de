import { BerWriter } from 'ldapts';

import {
	DIR_SYNC,
	dirSync,
	dirSyncAnswer,
	INCREMENTAL_VALUES,
	OBJECT_SECURITY,
} from '../../lib/directory/ldap/adControls';
import { BerCursor } from '../../lib/directory/ldap/ber.cursor';
import { millisecondsOfFileTime, millisecondsOfInterval } from '../../lib/directory/ldap/fileTime';
import { accountSid, builtinSid, ridOf, siblingSid } from '../../lib/directory/ldap/sid';
import { DomainError } from '../../lib/domain.errors';

const answer = (value: Buffer | undefined) => dirSyncAnswer([{ oid: DIR_SYNC, critical: false, value }]);
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('DirSync control', () => {
	it('encodes flags, size and cookie', () => {
		const writer = new BerWriter();
		dirSync(INCREMENTAL_VALUES + OBJECT_SECURITY, hex('0102')).write(writer);
		const control = new BerCursor(writer.buffer).enter();
		expect(control.text()).toBe(DIR_SYNC);
		expect(control.boolean()).toBe(true);
		const value = new BerCursor(control.octets()).enter();
		expect(value.integer()).toBe(-0x7fff_ffff);
		expect(value.integer()).toBeGreaterThan(0);
		expect(value.octets()).toEqual(hex('0102'));
	});

	it('reads whether there is more, and where to go on', () => {
		expect(answer(hex('300a 020101 020100 0402 abcd'))).toEqual({ more: true, cookie: hex('abcd') });
		expect(answer(hex('300a 020100 020100 0402 abcd'))).toEqual({ more: false, cookie: hex('abcd') });
	});

	it('refuses whatever is no such answer', () => {
		const hostile = [
			undefined,
			hex(''),
			hex('30'),
			hex('3000'),
			hex('300a 020101 020100 0409 abcd'),
			hex('300a 020101 020100 0202 abcd'),
			hex('3080 0000'),
			hex('3084 ffffffff 02'),
			hex('3008 020100 020100 0400'),
			hex('3010 020a 01020304050607080900 020100 0400'),
			Buffer.from('not BER at all'),
		];
		for (const value of hostile) expect(() => answer(value)).toThrow(DomainError);
		expect(() => dirSyncAnswer([])).toThrow(DomainError);
	});
});

describe('SIDs', () => {
	const domain = hex('01 04 000000000005 15000000 01000000 02000000 03000000');

	it('name accounts of a domain by their last number', () => {
		const admins = accountSid(domain, 512);
		expect(admins?.toString('hex')).toBe('010500000000000515000000010000000200000003000000' + '00020000');
		expect(admins && ridOf(admins)).toBe(512);
		expect(admins && siblingSid(admins, 513)).toEqual(accountSid(domain, 513));
		expect(builtinSid(544).toString('hex')).toBe('01020000000000052000000020020000');
	});

	it('are refused when cut short, too long or no SID', () => {
		for (const sid of [hex(''), hex('01'), hex('0104'), domain.subarray(0, 20), Buffer.alloc(24, 0xff)]) {
			expect([ridOf(sid), siblingSid(sid, 1), accountSid(sid, 1)]).toEqual([undefined, undefined, undefined]);
		}
		for (const rid of [-1, 1.5, Number.NaN, 2 ** 32]) expect(siblingSid(domain, rid)).toBeUndefined();
	});
});

describe('times of Active Directory', () => {
	it('counts tenths of a microsecond since 1601', () => {
		expect(millisecondsOfFileTime('134399972453251120')).toBe(Date.parse('2026-11-24T12:34:05.325Z'));
		for (const none of [undefined, '0', '-1', 'x', '', '1'.repeat(40)])
			expect(millisecondsOfFileTime(none)).toBeUndefined();
	});

	it('writes intervals as negative numbers, and never as 0 or the lowest one', () => {
		expect(millisecondsOfInterval('-18000000000')).toBe(30 * 60_000);
		expect(millisecondsOfInterval('0')).toBe(0);
		expect(millisecondsOfInterval('-9223372036854775808')).toBe(0);
		for (const none of [undefined, '5', 'x', '-']) expect(millisecondsOfInterval(none)).toBeUndefined();
	});
});
