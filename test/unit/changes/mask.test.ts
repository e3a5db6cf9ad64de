import { maskDn, maskText } from '../../../lib/directory/changes/mask';

describe('masking', () => {
	it.each([
		['Ann Müller', 'A•• M•••••'],
		['ann.mueller@example.org', 'a••.m••••••@e••••••.o••'],
		['', ''],
		['李小龍', '李••'],
		['a very long-windedname', 'a v••• l•••-w••••••'],
	])('%j → %j', (text, masked) => {
		expect(maskText(text)).toBe(masked);
	});

	it('keeps the attribute types of a DN', () => {
		expect(maskDn('uid=ann\\, the 2nd,ou=people,dc=example')).toBe('uid=a••\\, t•• 2••,ou=p•••••,dc=e••••••');
	});
});
