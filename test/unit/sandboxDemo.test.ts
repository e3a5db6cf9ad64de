import { directoryNamed } from '../../sandbox/demo/directories.ts';
import { step, StepError } from '../../sandbox/demo/step.ts';
import { timelineText } from '../../sandbox/demo/once.ts';
import { Teardown } from '../../sandbox/demo/teardown.ts';
import { childDn } from '../../sandbox/directory/distinguishedName.ts';
import { freeUid } from '../../sandbox/inbox/freeUid.ts';
import { connectUsing } from '../../sandbox/n8n/connectUsing.ts';
import { readFlatted } from '../../sandbox/n8n/flatted.ts';
import { GROUPS, PEOPLE } from '../../sandbox/seed/hospital.ts';

describe('step', () => {
	it('says which step failed, and keeps the name of the innermost', async () => {
		const inner = () => step('inner', 1000, () => Promise.reject(new Error('no')));
		await expect(step('outer', 1000, inner)).rejects.toMatchObject({
			name: 'StepError',
			step: 'inner',
			message: 'no',
		});
	});

	it('gives up after its time', async () => {
		const never = step('slow', 5, () => new Promise(() => undefined));
		await expect(never).rejects.toBeInstanceOf(StepError);
		await expect(never).rejects.toThrow('0.005 seconds');
	});
});

describe('Teardown', () => {
	it('stops the last first, all of it, once, and tells what would not stop', async () => {
		const order: string[] = [];
		const teardown = new Teardown();
		teardown.add('directory', async () => void order.push('directory'));
		teardown.add('page', () => Promise.reject(new Error('stuck')));
		teardown.add('n8n', async () => void order.push('n8n'));
		expect(await Promise.all([teardown.run(), teardown.run()])).toEqual([['page: stuck'], ['page: stuck']]);
		expect(order).toEqual(['n8n', 'directory']);
	});
});

it('names the directories there are when another one is asked for', () => {
	expect(directoryNamed('openldap')).toBe('openldap');
	expect(() => directoryNamed('OpenLdap ')).toThrow(
		'There is no directory "OpenLdap " for --directory: use otds or openldap.',
	);
});

it('switches a workflow to another kind of directory and changes nothing else of it', () => {
	const node = (type: string, parameters: Record<string, unknown>) => ({ name: type, type, parameters });
	const ours = (type: string): string => `n8n-nodes-directory-push.${type}`;
	const before = {
		name: 'A',
		nodes: [
			node(ours('directory'), { authentication: 'ldap', user: 'x' }),
			node(ours('directoryTrigger'), {}),
			node(ours('pushNotification'), { authentication: 'fcm' }),
		],
		connections: {},
	};
	const after = connectUsing(before, 'openTextDirectoryServices');
	expect(after).toEqual({
		...before,
		nodes: [
			node(ours('directory'), { authentication: 'openTextDirectoryServices', user: 'x' }),
			node(ours('directoryTrigger'), { authentication: 'openTextDirectoryServices' }),
			before.nodes[2],
		],
	});
});

it('shows the timeline one row a step', () => {
	const text = timelineText([
		{ what: 'directory write', detail: 'a', afterMs: 0 },
		{ what: 'event', detail: 'b', afterMs: 1234 },
	]);
	expect(text.split('\n')).toEqual(['  directory write       +0 ms  a', '  event              +1234 ms  b']);
});

it('escapes hostile names in DNs', () => {
	expect(childDn('cn', ' #a,b+c"d\\e<f>g;h=i ', 'ou=x')).toBe(
		'cn=\\ #a\\,b\\+c\\"d\\\\e\\<f\\>g\\;h\\=i\\ ,ou=x',
	);
	expect(childDn('cn', '#a\0', 'ou=x')).toBe('cn=\\#a\\00,ou=x');
});

it('makes free user names of any name', () => {
	expect(freeUid('Søren', 'Østergård', [])).toBe('sostergard');
	expect(freeUid('Thảo', 'Nguyễn', ['tnguyen', 'tnguyen2'])).toBe('tnguyen3');
	expect(freeUid('李', '伟', [])).toBe('person');
	expect(freeUid('*)(', '<script>', [])).toBe('script');
});

it("reads n8n's saved run data, shared values and circles included", () => {
	expect(readFlatted('[{"a":"1","b":"1","n":5},{"list":"2"},["3","0"],"text"]')).toEqual({
		a: { list: ['text', null] },
		b: { list: ['text', null] },
		n: 5,
	});
	expect(() => readFlatted('{}')).toThrow('not in the expected format');
});

describe('the seed', () => {
	it('names managers and members that exist, and somebody without a device', () => {
		const uids = PEOPLE.map(({ uid }) => uid);
		const named = [
			...PEOPLE.flatMap(({ manager }) => manager ?? []),
			...GROUPS.flatMap(({ people }) => people),
		];
		expect(named.filter((uid) => !uids.includes(uid))).toEqual([]);
		expect(new Set(uids).size).toBe(uids.length);
		expect(PEOPLE.some(({ devices }) => devices.length === 0)).toBe(true);
	});
});
