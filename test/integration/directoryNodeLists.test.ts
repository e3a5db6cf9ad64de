import type { ICredentialDataDecryptedObject, ILoadOptionsFunctions } from 'n8n-workflow';
import { NodeApiError } from 'n8n-workflow';

import { Directory } from '../../nodes/Directory/Directory.node';
import { getAttributes } from '../../nodes/Directory/methods/getAttributes';
import { searchGroups } from '../../nodes/Directory/methods/searchGroups';
import type { Slapd } from '../../sandbox/openldap/slapd';
import { startSlapd } from '../../sandbox/openldap/slapd';
import { dnOf, groupDn, hospitalLdif, HOSTILE_NAME } from '../support/hospital';

const WARDS = 230;
const wards = (): string =>
	Array.from({ length: WARDS }, (_, n) =>
		[
			`dn: ${groupDn(`ward-${n}`)}`,
			'objectClass: groupOfNames',
			`cn: ward-${n}`,
			`member: ${dnOf('ann')}`,
			'',
		].join('\n'),
	).join('\n');

describe('the lists of the Directory node, on OpenLDAP', () => {
	let slapd: Slapd;
	beforeAll(async () => {
		slapd = await startSlapd({ seedLdif: `${hospitalLdif()}\n${wards()}` });
	});
	afterAll(async () => slapd?.stop());

	const editor = (changes: ICredentialDataDecryptedObject = {}): ILoadOptionsFunctions => {
		const credential: ICredentialDataDecryptedObject = {
			...{ urls: slapd.url, security: 'none', bindDn: slapd.watcherDn, password: slapd.watcherPassword },
			...{ baseDn: slapd.baseDn, family: 'auto', connectTimeoutSeconds: 5, operationTimeoutSeconds: 10 },
			...changes,
		};
		const context: Partial<ILoadOptionsFunctions> = {
			getNode: () => ({
				...{ id: '1', name: 'Directory', type: 'directory', typeVersion: 1, position: [0, 0] },
				parameters: {},
			}),
			getCredentials: jest.fn().mockResolvedValue(credential),
		};
		return context as ILoadOptionsFunctions;
	};
	const names = async (filter: string): Promise<string[]> =>
		(await searchGroups.call(editor(), filter)).results.map(({ name }) => name);

	it('finds groups by a part of their name, in order, with their ids as values', async () => {
		const { results } = await searchGroups.call(editor(), ' urse ');
		expect(results).toEqual([{ name: 'Nurses', value: expect.stringMatching(/^[0-9a-f-]{36}$/) as string }]);
		expect(await names('o')).toEqual(['Doctors']);
	});

	it('takes the text literally', async () => {
		expect(await names('*)(cn=*')).toEqual([HOSTILE_NAME]);
		expect(await names('"7"')).toEqual([HOSTILE_NAME]);
		for (const text of ['**', '\\2a', '\\00', '\u0000', '(&', '__proto__', 'x'.repeat(10_000)]) {
			expect(await names(text)).toEqual([]);
		}
	});

	it('turns pages until every group has been shown once', async () => {
		const seen: string[] = [];
		let token: string | undefined;
		const sizes: number[] = [];
		do {
			const page = await searchGroups.call(editor(), 'ward-', token);
			sizes.push(page.results.length);
			seen.push(...page.results.map(({ name }) => name));
			token = page.paginationToken;
		} while (token !== undefined);
		expect(sizes).toEqual([100, 100, 30]);
		expect(new Set(seen).size).toBe(WARDS);
	});

	it('starts at the first page for a token that is none', async () => {
		for (const token of ['x', '-5', '__proto__', '1e999']) {
			expect((await searchGroups.call(editor(), 'Nurses', token)).results).toHaveLength(1);
		}
	});

	it('lists the attributes of the schema without secrets', async () => {
		const attributes = await getAttributes.call(editor());
		const values = attributes.map(({ value }) => value);
		expect(values).toEqual(expect.arrayContaining(['departmentNumber', 'mail', 'uid']));
		expect(values).not.toContain('userPassword');
		expect(new Set(values).size).toBe(values.length);
	});

	it.each([['searchGroups'], ['getAttributes']] as const)(
		'%s shows what is wrong instead of an empty list',
		async (method) => {
			const call = async (changes: ICredentialDataDecryptedObject): Promise<unknown> =>
				method === 'searchGroups' ? searchGroups.call(editor(changes)) : getAttributes.call(editor(changes));
			const refused = call({ password: 'not-this-one' });
			await expect(refused).rejects.toBeInstanceOf(NodeApiError);
			await expect(refused).rejects.toMatchObject({ description: expect.stringMatching(/\w/) as string });
			await expect(call({ urls: 'ldap://127.0.0.1:9' })).rejects.toMatchObject({
				message: expect.stringContaining('127.0.0.1:9') as string,
			});
			await expect(call({ baseDn: '' })).rejects.toBeInstanceOf(Error);
		},
	);

	it('are what the node names in its fields', () => {
		const { description, methods } = new Directory();
		const text = JSON.stringify(description.properties);
		const named = [...text.matchAll(/"(?:searchListMethod|loadOptionsMethod)":"(\w+)"/g)].map(
			([, name]) => name,
		);
		expect(new Set(named)).toEqual(
			new Set([...Object.keys(methods.listSearch), ...Object.keys(methods.loadOptions)]),
		);
		const tests = (description.credentials ?? []).map(({ testedBy }) => testedBy);
		expect(Object.keys(methods.credentialTest)).toEqual([...new Set(tests)]);
	});
});
