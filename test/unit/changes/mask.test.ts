import { healthEvent } from '../../../lib/directory/changes/healthEvent';
import { maskDn, maskEvent, maskText } from '../../../lib/directory/changes/mask';

const sampleOf = (after: string[]) => ({
	...healthEvent('health.reconciled', { message: '', advice: '', at: '' }, {}, new Date(0)),
	changes: [{ attribute: 'description', before: [], after }],
});

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

	it('leaves nothing of a text readable that only looks like a DN', () => {
		expect(maskDn('cn="Lee, Anna",ou=x')).toBe('c•="L••, A•••",o•=x');
		const event = sampleOf(['iVBORw0KGgoAAAANSUhEUg==', 'Anna Lee = head nurse', 'uid=ann,dc=example']);
		expect(maskEvent(event).changes[0]?.after).toEqual([
			'i••••••==',
			'A••• L•• = h••• n••••',
			'uid=a••,dc=e••••••',
		]);
	});

	it('keeps the attribute types of a DN', () => {
		expect(maskDn('uid=ann\\, the 2nd,ou=people,dc=example')).toBe('uid=a••\\, t•• 2••,ou=p•••••,dc=e••••••');
	});
});
