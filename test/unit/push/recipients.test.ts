import { messageIdOf } from '../../../lib/push/messageId';
import { readRecipient, readTokens } from '../../../lib/push/recipients';

const device = {
	id: 'd1',
	token: 'token-1',
	platform: 'ios',
	registeredAt: '2026-01-01T00:00:00Z',
	owner: 'uid=ada',
};
const recipient = {
	id: 'u1',
	dn: 'uid=ada,dc=example',
	username: 'ada',
	displayName: 'Ada {{ $json }}',
	mail: 'ada@example.org',
	attributes: { salary: ['1'] },
	why: 'member of Nurses',
	devices: [device],
};

describe('reading a recipient', () => {
	it('takes what Audience → Find emits, and of it what sending needs', () => {
		const read = readRecipient(recipient);
		expect(read).toEqual({
			id: 'u1',
			dn: 'uid=ada,dc=example',
			username: 'ada',
			displayName: 'Ada {{ $json }}',
			locale: undefined,
			devices: [{ id: 'd1', token: 'token-1', platform: 'ios' }],
		});
		expect(readRecipient(JSON.stringify(recipient))).toEqual(read);
	});

	it('counts a device once that is listed twice', () => {
		expect(readRecipient({ ...recipient, devices: [device, { ...device, id: 'd2' }] })?.devices).toHaveLength(
			1,
		);
	});

	it('gives a device without id the id the directory would', () => {
		const [read] =
			readRecipient({ id: 'u1', devices: [{ token: 'token-1', platform: 'fridge' }] })?.devices ?? [];
		expect(read?.platform).toBe('other');
		expect(read?.id).toBe(readTokens('token-1')?.[0]?.id);
		expect(read?.id).not.toContain('token-1');
	});

	it.each([
		undefined,
		null,
		7,
		'',
		'[object Object]',
		'{',
		'null',
		[],
		{},
		{ id: 'u1' },
		{ id: '', devices: [] },
		{ id: 7, devices: [] },
		{ id: 'u1', devices: {} },
		{ id: 'u1', devices: [null] },
		{ id: 'u1', devices: [{ token: 7 }] },
	])('refuses %j', (value) => {
		expect(readRecipient(value)).toBeUndefined();
	});
});

describe('reading tokens', () => {
	it.each([
		['a, b;c\n\td ,,', ['a', 'b', 'c', 'd']],
		[
			['a', ' b ', 'a', ''],
			['a', 'b'],
		],
		['', []],
		[[], []],
	])('%j', (value, tokens) => {
		expect(readTokens(value)?.map(({ token }) => token)).toEqual(tokens);
	});

	it.each([undefined, null, 7, { token: 'a' }, ['a', 7], [['a']]])('refuses %j', (value) => {
		expect(readTokens(value)).toBeUndefined();
	});
});

describe('the message id', () => {
	const parts = { workflowId: 'w', nodeId: 'n', key: 'k' };

	it('is the same for the same parts and fits every platform', () => {
		expect(messageIdOf(parts)).toBe(messageIdOf({ ...parts }));
		expect(messageIdOf(parts)).toMatch(/^[0-9a-f]{32}$/);
	});

	it('differs with each part, wherever one ends and the next begins', () => {
		const ids = [
			parts,
			{ ...parts, key: 'k2' },
			{ ...parts, nodeId: 'n2' },
			{ ...parts, workflowId: 'w2' },
			{ workflowId: 'wn', nodeId: '', key: 'k' },
			{ workflowId: '', nodeId: 'wn', key: 'k' },
			{ workflowId: 'w","n', nodeId: '', key: 'k' },
		].map(messageIdOf);
		expect(new Set(ids).size).toBe(ids.length);
	});
});
