import { findAudience } from '../../lib/directory/audience/audience';
import { checkAttribute } from '../../lib/directory/audience/audienceRule';
import type { AudienceRule } from '../../lib/directory/audience/audience.types';
import type { Device, Recipient } from '../../lib/directory/devices/device.types';
import type { EntryReference, Group, Person, PersonQuery } from '../../lib/directory/directory.types';
import { group, person } from '../support/personBuilder';

const rule = (rest: Partial<AudienceRule>): AudienceRule => ({
	groups: [],
	nested: false,
	conditions: [],
	onlyWithDevice: false,
	onlyEnabled: true,
	attributes: [],
	...rest,
});

const inGroup = (name: string): AudienceRule['groups'][number] => ({
	reference: { by: 'name', value: name },
	label: name,
});

const device = (owner: string): Device => ({
	id: `d-${owner}`,
	token: `t-${owner}`,
	platform: 'web',
	registeredAt: '2030-01-01T00:00:00.000Z',
	lastSeenAt: '2030-01-01T00:00:00.000Z',
	owner,
});

/** Streams the persons given, knows the groups given, and records what it was asked. */
function directoryOf(persons: Person[], groups: Group[] = [], owners: string[] = []) {
	const asked: { queries: PersonQuery[]; lookups: number[]; streamed: number; stopped: boolean } = {
		queries: [],
		lookups: [],
		streamed: 0,
		stopped: false,
	};
	const sources = {
		client: {
			async *persons(query: PersonQuery) {
				asked.queries.push(query);
				try {
					for (const found of persons) {
						asked.streamed++;
						yield { person: found, why: `why ${found.username}` };
					}
				} finally {
					asked.stopped = true;
				}
			},
			group: async ({ value }: EntryReference) => groups.find(({ name }) => name === value),
		},
		devices: {
			devicesOf: async (many: readonly Person[]) => {
				asked.lookups.push(many.length);
				return new Map(many.map(({ id, dn }) => [id, owners.includes(id) ? [device(dn)] : []]));
			},
		},
	};
	return { sources, asked };
}

async function all(recipients: AsyncIterable<Recipient>): Promise<Recipient[]> {
	const list: Recipient[] = [];
	for await (const recipient of recipients) list.push(recipient);
	return list;
}

const many = (count: number): Person[] => Array.from({ length: count }, (_, n) => person(`p${n}`));

it('takes the custom attributes of OTDS for attributes', () => {
	for (const name of ['custom:ward', 'custom:Cost centre', 'oTExtraAttr9']) {
		expect(() => checkAttribute(name)).not.toThrow();
	}
	for (const name of ['custom:', 'custom:a)(b', 'other:ward', '__proto__', 'custom:a\nb']) {
		expect(() => checkAttribute(name)).toThrow('is not the name of an attribute');
	}
});

describe('findAudience', () => {
	it('asks for the members of the groups by DN, with every condition', async () => {
		const { sources, asked } = directoryOf([person('ann')], [group('Nurses'), group('Doctors')]);
		const conditions = [{ attribute: 'l', operator: 'equals' as const, value: 'Bonn' }];
		const found = await all(
			findAudience(
				sources,
				rule({
					groups: [inGroup('Nurses'), inGroup('Doctors')],
					nested: true,
					conditions,
					attributes: ['l'],
				}),
			),
		);
		expect(asked.queries).toEqual([
			{
				memberOf: {
					groups: [
						{ by: 'dn', value: group('Nurses').dn },
						{ by: 'dn', value: group('Doctors').dn },
					],
					nested: true,
				},
				conditions,
				onlyEnabled: true,
				attributes: ['l'],
			},
		]);
		expect(found[0]).toMatchObject({ id: 'id-ann', devices: [], why: 'why ann' });
	});

	it('is one entry a person, however often the directory names them', async () => {
		const { sources } = directoryOf([person('ann'), person('bob'), person('ann')], [group('Nurses')]);
		const found = await all(findAudience(sources, rule({ groups: [inGroup('Nurses')] })));
		expect(found.map(({ username }) => username)).toEqual(['ann', 'bob']);
	});

	it('looks devices up for many persons at once', async () => {
		const { sources, asked } = directoryOf(many(250), [group('Nurses')], ['id-p7', 'id-p249']);
		const found = await all(findAudience(sources, rule({ groups: [inGroup('Nurses')] })));
		expect(asked.lookups).toEqual([100, 100, 50]);
		expect(found.filter(({ devices }) => devices.length > 0).map(({ id }) => id)).toEqual([
			'id-p7',
			'id-p249',
		]);
	});

	it('leaves out people without a device when told to, and counts the limit after that', async () => {
		const { sources } = directoryOf(many(10), [group('Nurses')], ['id-p2', 'id-p5', 'id-p8']);
		const found = await all(
			findAudience(sources, rule({ groups: [inGroup('Nurses')], onlyWithDevice: true, limit: 2 })),
		);
		expect(found.map(({ id }) => id)).toEqual(['id-p2', 'id-p5']);
	});

	it('stops the directory once the limit is reached', async () => {
		const { sources, asked } = directoryOf(many(1000), [group('Nurses')]);
		const found = await all(findAudience(sources, rule({ groups: [inGroup('Nurses')], limit: 3 })));
		expect(found).toHaveLength(3);
		expect(asked).toMatchObject({ streamed: 3, stopped: true });
	});

	it('names a group that does not exist and asks for nobody', async () => {
		const { sources, asked } = directoryOf(many(3), [group('Nurses')]);
		const finding = all(findAudience(sources, rule({ groups: [inGroup('Nurses'), inGroup('*)(cn=*')] })));
		await expect(finding).rejects.toThrow('The group "*)(cn=*" does not exist');
		expect(asked.queries).toEqual([]);
	});

	it.each([
		['no rule at all', rule({}), 'The audience has no rule'],
		['only switches', rule({ onlyWithDevice: true, nested: true }), 'The audience has no rule'],
		['an empty group', rule({ groups: [inGroup(' ')] }), 'A group of the audience is empty'],
		[
			'a condition without a value',
			rule({ conditions: [{ attribute: 'l', operator: 'equals', value: '' }] }),
			'has no value',
		],
		...['', '__proto__', '*)(uid=*', 'a b', 'uid\u0000', '<script>', '"'].map(
			(attribute): [string, AudienceRule, string] => [
				`the attribute ${JSON.stringify(attribute)}`,
				rule({ conditions: [{ attribute, operator: 'equals', value: 'x' }] }),
				'is not the name of an attribute',
			],
		),
		[
			'a hostile attribute to return',
			rule({ groups: [inGroup('Nurses')], attributes: ['*'] }),
			'is not the name',
		],
		['a limit of 0', rule({ groups: [inGroup('Nurses')], limit: 0 }), 'positive whole number'],
	])('refuses %s and asks for nobody', async (_case, refused, message) => {
		const { sources, asked } = directoryOf(many(3), [group('Nurses')]);
		await expect(all(findAudience(sources, refused))).rejects.toMatchObject({
			message: expect.stringContaining(message) as string,
			failure: 'configuration-invalid',
		});
		expect(asked.queries).toEqual([]);
	});

	it.each(['departmentNumber', 'userCertificate;binary', '2.5.4.11', 'description;lang-de'])(
		'takes the attribute %s',
		async (attribute) => {
			const { sources } = directoryOf([person('ann')]);
			const conditions = [{ attribute, operator: 'equals' as const, value: '*)(uid=*))\\00"<script>' }];
			expect(await all(findAudience(sources, rule({ conditions })))).toHaveLength(1);
		},
	);
});
