import {
	absoluteDn,
	buildDn,
	escapeDnValue,
	isBelow,
	isDn,
	normalizeDn,
	parentDn,
	parseDn,
	sameDn,
} from '../../lib/directory/distinguishedName';
import { DomainError } from '../../lib/domain.errors';

const VALUES = [
	'plain',
	'a,b',
	'a+b;c=d<e>f"g\\h',
	'#hash',
	' ',
	'  two blanks  ',
	'nul\0',
	'\r\n',
	'Müller 患者 \u{1F489}',
	'ends with backslash\\',
	'\\2C',
	'a\u{1F489} ',
];

describe('distinguished names (RFC 4514)', () => {
	it.each([
		['James "Jim" Smith, III', 'James \\"Jim\\" Smith\\, III'],
		['#x', '\\#x'],
		['x#', 'x#'],
		[' x ', '\\ x\\ '],
		[' ', '\\ '],
		['a\0b', 'a\\00b'],
		['Before\rAfter', 'Before\\0DAfter'],
	])('escapes %j', (value, escaped) => {
		expect(escapeDnValue(value)).toBe(escaped);
	});

	it.each(VALUES)('builds and parses %j', (value) => {
		const dn = buildDn(
			[
				{ attribute: 'cn', value },
				{ attribute: 'ou', value: 'x' },
			],
			'dc=example',
		);
		expect(parseDn(dn)).toEqual([
			[{ attribute: 'cn', value }],
			[{ attribute: 'ou', value: 'x' }],
			[{ attribute: 'dc', value: 'example' }],
		]);
		expect(sameDn(parentDn(dn), 'ou=x,dc=example')).toBe(true);
	});

	it('parses levels of several attributes, hex values and OIDs', () => {
		expect(parseDn('OU=Sales+CN=J.  Smith , 1.3.6.1.4.1.1466.0=#04024869')).toEqual([
			[
				{ attribute: 'OU', value: 'Sales' },
				{ attribute: 'CN', value: 'J.  Smith' },
			],
			[{ attribute: '1.3.6.1.4.1.1466.0', value: 'Hi' }],
		]);
		expect(parseDn('CN=Lu\\C4\\8Di\\C4\\87')[0]).toEqual([{ attribute: 'CN', value: 'Lučić' }]);
		expect(parseDn('')).toEqual([]);
	});

	it.each([
		'no dn',
		'cn',
		'=x',
		'cn=a,',
		'cn=a,,dc=b',
		'cn=a\\',
		'cn=a\\zz',
		'cn="quoted"',
		'cn=a\0',
		'cn=#zz',
		',cn=a',
		'c n=a',
		'cn=a+',
	])('refuses %j', (text) => {
		expect(isDn(text)).toBe(false);
		expect(() => normalizeDn(text)).toThrow(DomainError);
	});

	it.each([
		['CN=Anna,OU=People', 'cn=anna, ou = people'],
		['cn=a\\,b,dc=x', 'cn=a\\2cb;dc=x'],
		['cn=a+uid=b,dc=x', 'uid=B+cn=A,dc=X'],
		['cn=Anna   Maria', 'cn=anna maria'],
		['cn=\\20x', 'cn=\\ x'],
		['CN=J. Smith_x@y-Z 0,OU=A B,DC=x', ' cn = J.  smith_x@y-z 0 ;ou=a b , dc=\\58'],
		['uid=ann,ou=people', 'uid=\\61nn,ou=people'],
	])('takes %j and %j for the same', (one, other) => {
		expect(sameDn(one, other)).toBe(true);
	});

	it.each([
		['cn=a\\,ou=b', 'cn=a,ou=b'],
		['cn=a,dc=x', 'cn=a'],
		['cn=a', 'sn=a'],
		['cn=a\\+uid=b', 'cn=a+uid=b'],
	])('tells %j from %j', (one, other) => {
		expect(sameDn(one, other)).toBe(false);
	});

	it('knows what lies below', () => {
		expect(isBelow('cn=a,OU=People,dc=x', 'ou=people, DC=X')).toBe(true);
		expect(isBelow('ou=people,dc=x', 'ou=people,dc=x')).toBe(true);
		expect(isBelow('cn=a\\,ou=people,dc=x', 'ou=people,dc=x')).toBe(false);
		expect(isBelow('dc=x', 'ou=people,dc=x')).toBe(false);
		expect(isBelow('uid=a,xou=people,dc=x', 'ou=people,dc=x')).toBe(false);
		expect(isBelow('UID=a,ou=my people,dc=x', 'ou=My  People,dc=x')).toBe(true);
		expect(isBelow('cn=a', '')).toBe(true);
	});

	it('completes relative DNs', () => {
		expect(absoluteDn('ou=devices', 'dc=x,dc=y')).toBe('ou=devices,dc=x,dc=y');
		expect(absoluteDn('ou=devices, DC=X,dc=y', 'dc=x,dc=y')).toBe('ou=devices, DC=X,dc=y');
		expect(absoluteDn('', 'dc=x')).toBe('dc=x');
		const narrow = 'ou=people,dc=x,dc=y';
		expect(absoluteDn('ou=devices,dc=x,dc=y', narrow, ['dc=X,dc=Y'])).toBe('ou=devices,dc=x,dc=y');
		expect(absoluteDn('ou=devices,o=apps', narrow, ['dc=x,dc=y', 'o=apps'])).toBe('ou=devices,o=apps');
		expect(absoluteDn('ou=devices', narrow, ['dc=x,dc=y', ''])).toBe(`ou=devices,${narrow}`);
	});

	it('builds nothing from names that are no attributes, or without a value', () => {
		for (const rdn of [
			{ attribute: 'cn=x,ou', value: 'y' },
			{ attribute: '', value: 'y' },
			{ attribute: 'cn', value: '' },
		]) {
			expect(() => buildDn([rdn], 'dc=x')).toThrow(DomainError);
		}
	});
});
