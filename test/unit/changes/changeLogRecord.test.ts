import {
	parseAddedValues,
	parseModifications,
} from '../../../lib/directory/changes/strategies/changeLogLdif';
import { recordOf } from '../../../lib/directory/changes/strategies/changeLogRecord';
import { ReceivedEntry } from '../../../lib/directory/ldap/ldapEntry';

const modifications = (text: string) => {
	const { parsed, isDamaged } = parseModifications(Buffer.from(text));
	const read = parsed
		.filter(({ isUnreadable }) => !isUnreadable)
		.map(({ operation, attribute, values }) => [operation, attribute, values.map(String)]);
	return { read, isDamaged };
};

function record(values: Record<string, string | Buffer>, serverId = 'server') {
	const given = {
		changeNumber: '7',
		changeTime: '20261124122856Z',
		changeType: 'modify',
		targetDn: 'uid=ann,dc=example,dc=org',
		targetUniqueId: '9276494e-e80211f1-ab999110-a5931f64',
		...values,
	};
	const attributes = Object.entries(given).map(([name, value]) => ({ name, values: [Buffer.from(value)] }));
	return recordOf(new ReceivedEntry('changenumber=7,cn=changelog', attributes), serverId);
}

describe('Modifications of the changelog', () => {
	it('are read through folds, base64, several values and the NUL at the end', () => {
		const text =
			'replace: title\ntitle:: w4TDtg==\n-\nadd: mail\nmail: b@x\nmail: c@\n x\n-\ndelete: description\n-\n\0';
		expect(modifications(text)).toEqual({
			read: [
				['replace', 'title', ['Äö']],
				['add', 'mail', ['b@x', 'c@x']],
				['delete', 'description', []],
			],
			isDamaged: false,
		});
	});

	it.each(['userPassword', 'userpassword;x-a', '2.5.4.35', 'unhashed#user#password', 'passwordHistory'])(
		'never hold %s',
		(secret) => {
			const text = `replace: ${secret}\n${secret}: s3cr3t\n-\nreplace: title\ntitle: a\n-\n`;
			expect(modifications(text)).toEqual({ read: [['replace', 'title', ['a']]], isDamaged: false });
			const added = parseAddedValues(Buffer.from(`${secret}: s3cr3t\n${secret}:: czNjcjN0\ncn: a\n`));
			expect(added.parsed.map(({ attribute }) => attribute)).toEqual(['cn']);
			expect(added.isDamaged).toBe(false);
		},
	);

	it('hide a secret also where a line of it is spelled as another attribute', () => {
		const text = 'replace: userPassword\ntitle: s3cr3t\n-\n';
		expect(modifications(text).read).toEqual([]);
	});

	it.each([
		['no operation', 'title: a\n-\nreplace: mail\nmail: b\n-\n'],
		['an unknown operation', 'increment: uidNumber\nuidNumber: 1\n-\nreplace: mail\nmail: b\n-\n'],
		['a value by URL', 'replace: title\ntitle:< file:///etc/passwd\n-\nreplace: mail\nmail: b\n-\n'],
		['base64 that is none', 'replace: title\ntitle:: %%%\n-\nreplace: mail\nmail: b\n-\n'],
		['bytes at random', '\x01\xff:\n\n:::\n-\nreplace: mail\nmail: b\n-\n'],
	])('say so when there is %s, and tell the rest', (_what, text) => {
		const { read, isDamaged } = modifications(text);
		expect(isDamaged).toBe(true);
		expect(read).toContainEqual(['replace', 'mail', ['b']]);
		expect(JSON.stringify(read)).not.toMatch(/passwd|title/);
	});
});

describe('A record of the changelog', () => {
	it.each([
		['a number', { changeNumber: '-1' }],
		['a number of this size', { changeNumber: '99999999999999999999' }],
		['a type', { changeType: 'bind' }],
	])('without %s tells of no entry', (_what, values) => {
		expect(record(values)).toBeUndefined();
	});

	it('without a time, or with one that is none, has the beginning of all times', () => {
		expect(record({ changeTime: 'yesterday' })?.changeTime).toBe('1970-01-01T00:00:00.000Z');
	});

	it('tells where a renamed entry stands now, whatever its DN', () => {
		const renamed = { changeType: 'modrdn', newRdn: 'uid=bea', deleteOldRdn: 'TRUE' };
		expect(record(renamed)?.newDn).toBe('uid=bea,dc=example,dc=org');
		expect(record({ ...renamed, newSuperior: 'ou=x,dc=y' })?.newDn).toBe('uid=bea,ou=x,dc=y');
		expect(record({ ...renamed, targetDn: 'no DN' })?.newDn).toBe('uid=bea');
	});

	it('has the same id at each replay, and another one on another server', () => {
		expect(record({})?.changeId).toBe(record({})?.changeId);
		expect(record({}, 'another')?.changeId).not.toBe(record({})?.changeId);
	});
});
