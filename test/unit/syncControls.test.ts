import { BerWriter } from 'ldapts';

import { BerCursor, Tag } from '../../lib/directory/ldap/ber.cursor';
import { syncDoneOf, syncInfoOf, syncRequest, syncStateOf } from '../../lib/directory/ldap/syncControls';
import { DomainError } from '../../lib/domain.errors';

const UUID = '00112233-4455-6677-8899-aabbccddeeff';
const ID = Buffer.from(UUID.replaceAll('-', ''), 'hex');
const COOKIE = Buffer.from('rid=000,csn=x');

function ber(write: (writer: BerWriter) => void, tag: number = Tag.sequence): Buffer {
	const writer = new BerWriter();
	writer.startSequence(tag);
	write(writer);
	writer.endSequence();
	return writer.buffer;
}
const state = (value: Buffer) => [{ oid: '1.3.6.1.4.1.4203.1.9.1.2', critical: false, value }];
const done = (value: Buffer) => [{ oid: '1.3.6.1.4.1.4203.1.9.1.3', critical: false, value }];

describe('Sync Request', () => {
	it.each([
		['refreshOnly', 1],
		['refreshAndPersist', 3],
	] as const)('asks for %s, with a cookie and without', (mode, number) => {
		for (const cookie of [COOKIE, undefined]) {
			const writer = new BerWriter();
			syncRequest(mode, cookie).write(writer);
			const control = new BerCursor(writer.buffer).enter();
			expect(control.text()).toBe('1.3.6.1.4.1.4203.1.9.1.1');
			expect(control.boolean()).toBe(true);
			const value = new BerCursor(control.octets()).enter();
			expect(value.integer(Tag.enumerated)).toBe(number);
			expect(value.done ? undefined : value.text()).toBe(cookie?.toString());
			expect(value.done).toBe(true);
		}
	});
});

describe('Sync State', () => {
	it.each(['present', 'add', 'modify', 'delete'])('reads %s', (name) => {
		const number = ['present', 'add', 'modify', 'delete'].indexOf(name);
		const value = ber((writer) => {
			writer.writeEnumeration(number);
			writer.writeBuffer(ID, Tag.octetString);
		});
		expect(syncStateOf(state(value))).toEqual({ state: name, uuid: UUID });
	});

	it('reads a cookie', () => {
		const value = ber((writer) => {
			writer.writeEnumeration(1);
			writer.writeBuffer(ID, Tag.octetString);
			writer.writeBuffer(COOKIE, Tag.octetString);
		});
		expect(syncStateOf(state(value)).cookie).toEqual(COOKIE);
	});

	it('refuses an entry without one', () => {
		expect(() => syncStateOf([])).toThrow(DomainError);
	});
});

describe('Sync Done', () => {
	it('reads what it holds, and what it leaves out', () => {
		const full = ber((writer) => {
			writer.writeBuffer(COOKIE, Tag.octetString);
			writer.writeBoolean(true);
		});
		expect(syncDoneOf(done(full))).toEqual({ cookie: COOKIE, refreshDeletes: true });
		expect(syncDoneOf(done(ber(() => undefined)))).toEqual({ refreshDeletes: false });
		expect(syncDoneOf([])).toBeUndefined();
	});
});

describe('Sync Info', () => {
	it('reads a new cookie', () => {
		const writer = new BerWriter();
		writer.writeBuffer(COOKIE, 0x80);
		expect(syncInfoOf(writer.buffer)).toEqual({ kind: 'newCookie', cookie: COOKIE });
	});

	it.each([
		['refreshDelete', 0xa1],
		['refreshPresent', 0xa2],
	] as const)('reads %s, done unless it says otherwise', (kind, tag) => {
		expect(syncInfoOf(ber(() => undefined, tag))).toEqual({ kind, refreshDone: true });
		const more = ber((writer) => {
			writer.writeBuffer(COOKIE, Tag.octetString);
			writer.writeBoolean(false);
		}, tag);
		expect(syncInfoOf(more)).toEqual({ kind, cookie: COOKIE, refreshDone: false });
	});

	it('reads a set of ids', () => {
		const value = ber((writer) => {
			writer.writeBoolean(true);
			writer.startSequence(Tag.set);
			writer.writeBuffer(ID, Tag.octetString);
			writer.writeBuffer(ID, Tag.octetString);
			writer.endSequence();
		}, 0xa3);
		expect(syncInfoOf(value)).toEqual({ kind: 'idSet', refreshDeletes: true, uuids: [UUID, UUID] });
	});
});

describe('hostile bytes', () => {
	const whole = ber((writer) => {
		writer.writeEnumeration(1);
		writer.writeBuffer(ID, Tag.octetString);
	});
	const cut = [1, 3, 6, whole.length - 1].map((length) => whole.subarray(0, length));
	const others = [
		'',
		'00',
		'3080',
		'30840fffffff',
		'a3023100ff',
		'a30531030401ff',
		'30060a0109040100',
		'ff'.repeat(40),
	];
	const all = [...cut, ...others.map((hex) => Buffer.from(hex, 'hex'))];

	it.each(all.map((bytes) => [bytes.toString('hex'), bytes] as const))(
		'"%s" is an error of ours',
		(_, bytes) => {
			expect(() => syncStateOf(state(bytes))).toThrow(DomainError);
		},
	);

	it('are refused everywhere', () => {
		for (const bytes of [undefined, ...cut]) expect(() => syncInfoOf(bytes)).toThrow(DomainError);
		for (const bytes of cut.slice(0, -1)) expect(() => syncDoneOf(done(bytes))).toThrow(DomainError);
		for (const hex of ['a30531030401ff', 'a302', 'a2030401', 'a20204ff'])
			expect(() => syncInfoOf(Buffer.from(hex, 'hex'))).toThrow(DomainError);
	});
});
