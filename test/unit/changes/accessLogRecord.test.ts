import { ReceivedEntry } from '../../../lib/directory/ldap/ldapEntry';
import { parseModification, recordOf } from '../../../lib/directory/changes/strategies/accessLogRecord';
import { movedDn } from '../../../lib/directory/changes/strategies/movedDn';
import { deltaOf } from '../../../lib/directory/changes/strategies/recordedDelta';

const CSN = '20300101000000.000001Z#000000#001#000000';

function modify(mods: Array<string | Buffer>, old: Array<string | Buffer> = []) {
	const bytes = (values: Array<string | Buffer>): Buffer[] =>
		values.map((value) => Buffer.from(value as string));
	const record = recordOf(
		new ReceivedEntry('reqStart=x,cn=accesslog', [
			{ name: 'entryCSN', values: bytes([CSN]) },
			{ name: 'reqType', values: bytes(['modify']) },
			{ name: 'reqDN', values: bytes(['uid=a']) },
			{ name: 'reqMod', values: bytes(mods) },
			{ name: 'reqOld', values: bytes(old) },
		]),
	);
	if (!record) throw new Error('no record');
	const text = (values: Buffer[] | undefined): string[] | undefined =>
		values?.map((value) => value.toString('latin1'));
	return deltaOf(record).map(({ attribute, before, after, added, removed }) => ({
		attribute,
		before: text(before),
		after: text(after),
		added: text(added),
		removed: text(removed),
	}));
}

describe('parseModification', () => {
	it.each([
		['title:= Nurse', { attribute: 'title', operation: '=', value: 'Nurse' }],
		['title:=', { attribute: 'title', operation: '=', value: undefined }],
		['mail:- a@b', { attribute: 'mail', operation: '-', value: 'a@b' }],
		['mail:-', { attribute: 'mail', operation: '-', value: undefined }],
		['mail:+ ', { attribute: 'mail', operation: '+', value: '' }],
		[
			'description:+ :- colons: + signs',
			{ attribute: 'description', operation: '+', value: ':- colons: + signs' },
		],
		['userCertificate;binary:+ x', { attribute: 'userCertificate;binary', operation: '+', value: 'x' }],
		['description:+ two\nlines', { attribute: 'description', operation: '+', value: 'two\nlines' }],
	])('reads %j', (text, expected) => {
		const parsed = parseModification(Buffer.from(text));
		expect({ ...parsed, value: parsed?.value?.toString() }).toEqual(expected);
	});

	it.each(['', ':', ':+ x', 'title', 'title:', 'title:? x'])('passes over %j', (text) => {
		expect(parseModification(Buffer.from(text))).toBeUndefined();
	});

	it('keeps bytes that are no text', () => {
		const value = Buffer.from([0x80, 0x3a, 0x00, 0x0a]);
		expect(parseModification(Buffer.concat([Buffer.from('photo:+ '), value]))?.value).toEqual(value);
	});
});

describe('recordOf', () => {
	it('passes over what is no write', () => {
		const entry = new ReceivedEntry('x', [
			{ name: 'entryCSN', values: [Buffer.from(CSN)] },
			{ name: 'reqType', values: [Buffer.from('bind')] },
			{ name: 'reqDN', values: [Buffer.from('uid=a')] },
		]);
		expect(recordOf(entry)).toBeUndefined();
	});
});

describe('a record of a move', () => {
	const moved = (attributes: Record<string, string>) => {
		const all = { entryCSN: CSN, reqType: 'modrdn', reqDN: 'uid=a,ou=b\\2Cc,dc=x', ...attributes };
		const list = Object.entries(all).map(([name, value]) => ({ name, values: [Buffer.from(value)] }));
		return recordOf(new ReceivedEntry('reqStart=x,cn=accesslog', list))?.newDn;
	};

	it.each([
		['as it is recorded', { reqNewRDN: 'uid=z', reqNewDN: 'uid=z,ou=y,dc=x' }, 'uid=z,ou=y,dc=x'],
		['put together', { reqNewRDN: 'uid=z', reqNewSuperior: 'ou=y,dc=x' }, 'uid=z,ou=y,dc=x'],
		['in the same place', { reqNewRDN: 'uid=z' }, 'uid=z,ou=b\\,c,dc=x'],
		['not at all', {}, undefined],
		['of what is no DN', { reqDN: 'nonsense', reqNewRDN: 'uid=z' }, 'uid=z'],
	])('names the new DN: %s', (_, attributes, expected) => {
		expect(moved(attributes)).toBe(expected);
	});
});

describe('movedDn', () => {
	it.each([
		['uid=a,ou=x,dc=y', 'ou=x,dc=y', 'ou=z,dc=y', 'uid=a,ou=z,dc=y'],
		['uid=a,OU=X, dc=y', 'ou=x,dc=y', 'ou=z,dc=y', 'uid=a,ou=z,dc=y'],
		['ou=x,dc=y', 'ou=x,dc=y', 'ou=z,dc=y', 'ou=z,dc=y'],
		['cn=a\\, b+uid=c,ou=x,dc=y', 'ou=x,dc=y', 'ou=z', 'cn=a\\, b+uid=c,ou=z'],
		['uid=a,ou=xx,dc=y', 'ou=x,dc=y', 'ou=z,dc=y', undefined],
		['nonsense', 'ou=x,dc=y', 'ou=z,dc=y', undefined],
	])('takes %j from %j to %j', (dn, from, to, expected) => {
		expect(movedDn(dn, from, to)).toBe(expected);
	});
});

describe('deltaOf', () => {
	const old = ['modifyTimestamp: 20290101000000Z'];

	it('applies adds and deletes to the old values', () => {
		expect(modify(['mail:- a', 'mail:+ c'], [...old, 'mail: a', 'mail: b'])).toEqual([
			{ attribute: 'mail', before: ['a', 'b'], after: ['b', 'c'], added: ['c'], removed: ['a'] },
		]);
	});

	it('takes several lines of one replace together', () => {
		expect(modify(['mail:= x', 'mail:= y'], [...old, 'mail: a'])).toMatchObject([
			{ before: ['a'], after: ['x', 'y'] },
		]);
	});

	it('starts a replace anew after another operation', () => {
		expect(modify(['mail:=', 'mail:+ y'], [...old, 'mail: a'])).toMatchObject([
			{ before: ['a'], after: ['y'] },
		]);
	});

	it('deletes a value that is spelled otherwise', () => {
		expect(modify(['member:- UID=A,dc=x'], [...old, 'member: uid=a,dc=x'])).toMatchObject([
			{ after: [], removed: ['uid=a,dc=x'] },
		]);
	});

	it('increments', () => {
		expect(modify(['uidNumber:# 5'], [...old, 'uidNumber: 10'])).toMatchObject([
			{ before: ['10'], after: ['15'] },
		]);
	});

	it('knows that an attribute was empty when the log keeps old values', () => {
		expect(modify(['title:= x'], old)).toMatchObject([{ before: [], after: ['x'] }]);
	});

	it('invents nothing when it does not', () => {
		expect(modify(['title:= x', 'mail:+ m', 'member:- u', 'pager:-'])).toEqual([
			{ attribute: 'title', before: undefined, after: ['x'], added: [], removed: [] },
			{ attribute: 'mail', before: undefined, after: undefined, added: ['m'], removed: [] },
			{ attribute: 'member', before: undefined, after: undefined, added: [], removed: ['u'] },
			{ attribute: 'pager', before: undefined, after: [], added: [], removed: [] },
		]);
	});
});
