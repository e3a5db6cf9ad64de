import type {
	ICredentialDataDecryptedObject,
	ILoadOptionsFunctions,
	INodeCredentialTestResult,
} from 'n8n-workflow';

import { testOtdsCredential } from '../../lib/n8n/otdsConnection';
import { getAttributes } from '../../nodes/Directory/methods/getAttributes';
import { searchGroups } from '../../nodes/Directory/methods/searchGroups';
import type { OtdsSimulator } from '../../sandbox/otds/otdsSimulator';
import { startOtdsSimulator } from '../../sandbox/otds/otdsSimulator';

let otds: OtdsSimulator;
beforeEach(async () => {
	otds = await startOtdsSimulator();
});
afterEach(() => otds.stop());

const fields = (changes: ICredentialDataDecryptedObject = {}): ICredentialDataDecryptedObject => ({
	...{ baseUrl: otds.baseUrl, loginMethod: 'oauth2', ...otds.oauth },
	...{ devicesAttribute: 'custom:pushDevices', acknowledgmentsAttribute: 'oTExtraAttr9' },
	...{ managerAttribute: 'oTExtraAttr0', partitions: 'Staff' },
	...changes,
});

describe('the credential test of OpenText Directory Services API', () => {
	const test = (changes: ICredentialDataDecryptedObject = {}): Promise<INodeCredentialTestResult> =>
		testOtdsCredential({
			id: '1',
			name: 'OTDS',
			type: 'openTextDirectoryServicesApi',
			data: fields(changes),
		});

	it('tells what it reached', async () => {
		expect(await test()).toEqual({
			status: 'OK',
			message: expect.stringMatching(
				/^Connected to OpenText Directory Services at http:\/\/127\.0\.0\.1:\d+\/otdsws, partitions: Staff$/,
			) as string,
		});
	});

	it('logs in with a user as well', async () => {
		const { userName, password } = otds.admin;
		expect(await test({ loginMethod: 'ticket', userName, password })).toMatchObject({ status: 'OK' });
	});

	it('says that a partition mirrors another directory, and what that means for records', async () => {
		const { status, message } = await test({ partitions: '' });
		expect(status).toBe('OK');
		expect(message).toContain('Staff, AD Mirror (synchronized)');
		expect(message).toContain('Nothing will be written to AD Mirror');
		expect((await test({ partitions: '', writesToSynchronized: true })).message).not.toContain(
			'Nothing will',
		);
	});

	it('says what was not named', async () => {
		const { status, message } = await test({ devicesAttribute: '', managerAttribute: '' });
		expect(status).toBe('OK');
		expect(message).toContain('No attribute is named for devices');
		expect(message).toContain('nobody has a manager');
	});

	it.each([
		['a wrong secret', { clientSecret: 'wr0ng' }, /Check the client ID/],
		['a partition that is not there', { partitions: 'Nowhere' }, /no partition "Nowhere".*It sees: "Staff"/],
		['a base URL of something else', (): string => `${otds.baseUrl}x`, /404|base URL|Base URL/],
	])('advises on %s', async (_what, change, advice) => {
		const changes = typeof change === 'function' ? { baseUrl: change() } : change;
		const { status, message } = await test(changes);
		expect(status).toBe('Error');
		expect(message).toMatch(advice);
		expect(message).not.toMatch(/wr0ng/);
	});

	it('advises on a login that does not administer the partition', async () => {
		const { clientId, clientSecret } = otds.addClient(['AD Mirror']);
		const { status, message } = await test({ clientId, clientSecret });
		expect(status).toBe('Error');
		expect(message).toMatch(/administrator|administers/);
	});

	it('advises on a login that sees no partition at all', async () => {
		const { clientId, clientSecret } = otds.addClient([]);
		const { status, message } = await test({ clientId, clientSecret, partitions: '' });
		expect(status).toBe('Error');
		expect(message).toMatch(/administrator/);
	});

	it('advises on two-factor authentication', async () => {
		otds.misbehave({ secondFactor: true });
		const { status, message } = await test({ loginMethod: 'ticket', ...otds.admin });
		expect(status).toBe('Error');
		expect(message).toContain('two-factor');
	});

	it('reports a login refused with 200 as refused', async () => {
		otds.misbehave({ failedLogins: 'body' });
		const { status, message } = await test({ loginMethod: 'ticket', ...otds.admin, password: 'wr0ng' });
		expect(status).toBe('Error');
		expect(message).toMatch(/refused the login/);
	});
});

describe('the lists of the Directory node, on OTDS', () => {
	const editor = (): ILoadOptionsFunctions => {
		const context: Partial<ILoadOptionsFunctions> = {
			getNode: () => ({
				...{ id: '1', name: 'Directory', type: 'directory', typeVersion: 1, position: [0, 0] },
				parameters: { authentication: 'openTextDirectoryServices' },
			}),
			getCredentials: jest.fn().mockResolvedValue(fields()),
		};
		return context as ILoadOptionsFunctions;
	};

	it('finds groups by a part of their name, with their ids as values', async () => {
		const { uuid } = otds.addGroup('Staff', { name: 'Nurses' });
		otds.addGroup('Staff', { name: 'Doctors' });
		expect((await searchGroups.call(editor(), 'urse')).results).toEqual([{ name: 'Nurses', value: uuid }]);
	});

	it('offers the documented attributes, and those that people have', async () => {
		otds.addUser('Staff', { name: 'ann', attributes: { 'custom:ward': ['7'] } });
		const names = (await getAttributes.call(editor())).map(({ name }) => name);
		expect(names).toEqual(expect.arrayContaining(['oTDepartment', 'oTExtraAttr9', 'custom:ward']));
	});
});
