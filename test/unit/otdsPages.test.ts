import type { OtdsJson } from '../../lib/directory/otds/otds.types';
import { PageReader } from '../../lib/directory/otds/otdsPages';

const user = (name: string, attributes: object = {}) => ({
	...{ name, id: name, uuid: `uuid-of-${name}`, userPartitionID: 'Staff', location: `oTPerson=${name}` },
	attributes,
});
const page = (users: object[], nextPageCookie: unknown): string => JSON.stringify({ users, nextPageCookie });

describe('PageReader', () => {
	let parsed: number;
	let reader: PageReader;
	beforeEach(() => {
		parsed = 0;
		reader = new PageReader();
	});
	const read = (text: string) =>
		reader.read('users', text, () => {
			parsed++;
			return JSON.parse(text) as OtdsJson;
		});

	it('does not parse a page again whose cookie and logins alone are new', () => {
		expect(read(page([user('ada', { modifyTimestamp: ['1'] })], 'a"1')).cookie).toBe('a"1');
		const again = read(page([user('ada', { modifyTimestamp: ['2'] })], 'b\\2'));
		expect(again).toMatchObject({ cookie: 'b\\2', isEmpty: false });
		expect(parsed).toBe(1);
		expect(again.objects.map(({ name, attributes }) => [name, attributes.modifyTimestamp])).toEqual([
			['ada', ['2']],
		]);
	});

	it.each([null, ''])('ends at a known page whose cookie is %j', (cookie) => {
		read(page([user('ada')], 'next'));
		expect(read(page([user('ada')], cookie)).cookie).toBeUndefined();
		expect(parsed).toBe(1);
	});

	it('parses a page of which anything else is new', () => {
		read(page([user('ada')], 'next'));
		expect(read(page([user('ada', { title: ['Nurse'] })], 'next')).objects).toHaveLength(1);
		read(page([], null));
		expect(read(page([], null)).isEmpty).toBe(true);
		expect(parsed).toBe(3);
	});

	it('leaves it to the parser when a page seems to hold two cookies', () => {
		const odd = { ...user('ada'), nextPageCookie: 'of ada' };
		for (const round of [1, 2]) {
			expect(read(page([odd], 'of the page')).cookie).toBe('of the page');
			expect(parsed).toBe(round);
		}
	});

	it('is not misled by a value that looks like a cookie', () => {
		const ada = user('ada', { description: ['"nextPageCookie":"forged"'] });
		read(page([ada], 'first'));
		expect(read(page([ada], 'second')).cookie).toBe('second');
	});

	it('refuses a known page that breaks off', () => {
		const text = page([user('ada')], 'next');
		read(text);
		expect(() => read(text.slice(0, -1))).toThrow(SyntaxError);
		expect(() => read(text.slice(0, text.indexOf('"nextPageCookie"')))).toThrow(SyntaxError);
	});
});
