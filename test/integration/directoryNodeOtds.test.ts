import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { Directory } from '../../nodes/Directory/Directory.node';
import type { OtdsSimulator, OtdsStoredUser } from '../../sandbox/otds/otdsSimulator';
import { startOtdsSimulator } from '../../sandbox/otds/otdsSimulator';
import type { NodeRun, NodeRunResult } from '../support/n8nRun';
import { runInN8n } from '../support/n8nRun';

const TRIGGER = 'n8n-nodes-directory-push.acknowledgmentTrigger';

describe('the Directory node in n8n, on OTDS', () => {
	let otds: OtdsSimulator;
	let ann: OtdsStoredUser;

	beforeEach(async () => {
		otds = await startOtdsSimulator();
		ann = otds.addUser('Staff', { name: 'ann', attributes: { mail: ['ann@example.org'] } });
		otds.addGroup('Staff', { name: 'R&D <team>' });
	});
	afterEach(() => otds.stop());

	const run = async (
		action: string,
		parameters: INodeParameters,
		item: IDataObject = { user: { id: ann.uuid }, correlationId: 'c', eventId: 'e' },
		{ attributes = true, ...rest }: Partial<NodeRun> & { attributes?: boolean } = {},
	): Promise<NodeRunResult> => {
		const [resource = '', operation = ''] = action.split('/');
		const credentials: NonNullable<NodeRun['credentials']> = {
			openTextDirectoryServicesApi: {
				...{ baseUrl: otds.baseUrl, loginMethod: 'oauth2', ...otds.oauth, recordValues: 'one' },
				devicesAttribute: attributes ? 'oTExtraAttr8' : '',
				acknowledgmentsAttribute: attributes ? 'oTExtraAttr9' : '',
			},
			acknowledgmentSigningApi: {
				secret: 'a secret of more than thirty-two characters',
				publicUrl: 'https://n8n.example.org/webhook/acknowledgments',
			},
		};
		const all = { authentication: 'openTextDirectoryServices', resource, operation, ...parameters };
		return runInN8n({ node: new Directory(), parameters: all, items: [item], credentials, ...rest });
	};
	const jsonOf = ({ outputs }: NodeRunResult): IDataObject[] => (outputs[0] ?? []).map(({ json }) => json);
	const team: INodeParameters = { group: { __rl: true, mode: 'name', value: 'R&D <team>' } };

	it('adds a user to a group and removes them, also where no place for records was chosen', async () => {
		const statuses: Array<[string, string]> = [
			['group/addMember', 'added'],
			['group/addMember', 'alreadyMember'],
			['group/removeMember', 'removed'],
			['group/removeMember', 'notMember'],
		];
		for (const [action, status] of statuses) {
			const result = await run(action, team, undefined, { attributes: false });
			expect(result.error).toBeUndefined();
			expect(jsonOf(result)).toEqual([
				expect.objectContaining({
					status,
					group: expect.objectContaining({ name: 'R&D <team>', kind: 'group' }) as object,
					user: expect.objectContaining({ id: ann.uuid, username: 'ann' }) as object,
					...{ correlationId: 'c', eventId: 'e' },
				}),
			]);
		}
	});

	it('says where devices can be kept when no place was chosen', async () => {
		const parameters = { user: 'ann', token: 't', platform: 'web' };
		const { error } = await run('device/register', parameters, {}, { attributes: false });
		expect(error?.message).toContain('does not say where devices are kept');
		expect(error?.description).toContain('Record Directory');
	});

	it('registers a device, finds its user with it, and records their answer once', async () => {
		const device = { user: 'ann', token: `t-${ann.uuid}`, platform: 'web' };
		expect(jsonOf(await run('device/register', device))[0]?.status).toBe('registered');
		expect(jsonOf(await run('device/register', device))[0]?.status).toBe('refreshed');
		expect(jsonOf(await run('user/get', {}))[0]?.recipient).toMatchObject({
			...{ id: ann.uuid, devices: [{ token: `t-${ann.uuid}`, platform: 'web' }] },
		});
		const tap = (action: string): IDataObject => ({
			acknowledgment: { messageId: 'm', recipientId: ann.uuid, action, at: '2030-01-01T08:00:00.000Z' },
		});
		const record = async (action: string) =>
			jsonOf(await run('acknowledgment/record', {}, tap(action), { sourceType: TRIGGER }))[0]?.acknowledgment;
		expect(await record('approved')).toMatchObject({ status: 'recorded', personId: ann.uuid, genuine: true });
		expect(await record('rejected')).toMatchObject({ status: 'alreadyRecorded', action: 'approved' });
	});
});
