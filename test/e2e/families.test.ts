import { existsSync } from 'node:fs';

import { directory389Binary } from '../../sandbox/389ds/directory389';
import { sambaObstacle } from '../../sandbox/samba/samba';
import type { ContractAdmin } from '../contract/contractServer.types';
import type { ImportedWorkflow, StoredCredential, WorkflowDocument } from '../../sandbox/n8n.ts';
import { directory389ContractServer } from '../support/directory389Contract';
import type { TestN8n } from '../support/n8n';
import { startTestN8n } from '../support/n8n';
import { sambaContractServer } from '../support/sambaContract';

jest.setTimeout(240_000);

const TRIGGER = 'Directory changes';

interface Directory {
	admin: ContractAdmin;
	credential: Record<string, unknown>;
	strategy: string;
	stop(): Promise<void>;
}

async function directory389(): Promise<Directory> {
	const { admin, server, stop } = await directory389ContractServer({ changelog: true });
	const { url, baseDn, watcherDn, watcherPassword } = server;
	const credential = { urls: url, security: 'none', bindDn: watcherDn, password: watcherPassword, baseDn };
	return { admin, credential, strategy: 'changeLog', stop };
}

async function domainController(): Promise<Directory> {
	// One that is shown deleted objects: others learn of a deletion at the next complete walk.
	const { admin, samba, stop } = await sambaContractServer({ login: 'deletionReader' });
	const { ldapsUrl, baseDn, caPem, deletionReaderDn, watcherPassword } = samba;
	const credential = {
		urls: ldapsUrl,
		security: 'ldaps',
		trustedAuthorities: caPem,
		bindDn: deletionReaderDn,
		password: watcherPassword,
		baseDn,
	};
	return { admin, credential, strategy: 'dirSync', stop };
}

const workflowOf = (name: string, watched: string): WorkflowDocument => ({
	name,
	nodes: [
		{
			id: '7d1c6f0a-2f5e-4a86-9d1c-0f6f7b1f0b01',
			name: TRIGGER,
			type: 'n8n-nodes-directory-push.directoryTrigger',
			typeVersion: 1,
			position: [0, 0],
			parameters: {
				authentication: 'ldap',
				personEvents: ['user.disabled', 'user.locked', 'user.moved', 'user.deleted'],
				groupEvents: ['group.memberAdded', 'group.memberRemoved'],
				securityEvents: ['security.privilegedAccessGranted'],
				watchedGroups: { values: [{ group: { __rl: true, mode: 'name', value: watched } }] },
				includeNested: true,
				privilegedGroups: { values: [{ group: { __rl: true, mode: 'name', value: watched } }] },
				options: { pollInterval: 1 },
			},
		},
	],
	connections: {},
	settings: { executionOrder: 'v1' },
});

/** The trigger inside n8n on directories other than OpenLDAP. */
describe('the directory families in n8n', () => {
	let n8n: TestN8n;
	beforeAll(async () => {
		n8n = await startTestN8n();
	});
	afterAll(() => n8n?.discard());

	const publish = async (name: string, credential: StoredCredential): Promise<ImportedWorkflow> => {
		const workflow = await n8n.client.importWorkflow(workflowOf(name, 'Guarded'), [credential]);
		await n8n.client.activate(workflow);
		return workflow;
	};

	const on = (name: string, obstacle: string | undefined, start: () => Promise<Directory>): void => {
		const title = `tells people, nested members and privileged access on ${name}`;
		if (obstacle === undefined) it(title, () => tellsChanges(name, start));
		else it.skip(`${title} (${obstacle})`, () => undefined);
	};
	on(
		'389 Directory Server',
		existsSync(directory389Binary) ? undefined : '389 DS is not installed',
		directory389,
	);
	on('Active Directory (Samba)', sambaObstacle(), domainController);

	async function tellsChanges(name: string, start: () => Promise<Directory>): Promise<void> {
		const { admin, credential, strategy, stop } = await start();
		try {
			const [ann, ben] = [await admin.addPerson('ann'), await admin.addPerson('ben')];
			const inner = await admin.addGroup('Helpdesk', [ben]);
			const outer = await admin.addGroup('Guarded', [ben]);
			const stored = await n8n.client.createCredential('ldapDirectoryApi', name, credential);
			const workflow = await publish(name, stored);
			await admin.nest(inner, outer);
			await admin.addMembers(inner, [ann]);
			await admin.disable(ben);
			const moved = await admin.move(ann, 'elsewhere');
			await told(workflow, 'user.moved');
			await admin.remove(moved);
			await told(workflow, 'user.deleted');
			const events = await allEvents(workflow);
			// A domain controller takes whoever is deleted out of the groups.
			const kinds = events.map(({ event }) => event).filter((kind) => kind !== 'group.memberRemoved');
			expect(new Set(kinds)).toEqual(
				new Set([
					'group.memberAdded',
					'security.privilegedAccessGranted',
					'user.deleted',
					'user.disabled',
					'user.moved',
				]),
			);
			expect(events.filter(({ event }) => event === 'group.memberAdded')).toMatchObject([
				{ group: { name: 'Guarded', membership: 'effective', via: ['Helpdesk'] }, source: { strategy } },
			]);
		} finally {
			await admin.close();
			await stop();
		}
	}

	async function told(workflow: ImportedWorkflow, kind: string): Promise<void> {
		const seen = new Set<string>();
		for (;;) {
			const { id } = await n8n.client.waitForExecution(
				workflow.id,
				(run) => run.status === 'success' && !seen.has(run.id),
				60_000,
			);
			seen.add(id);
			const items = (await n8n.client.execution(id)).output[TRIGGER] ?? [];
			if (items.some(({ event }) => event === kind)) return;
		}
	}

	async function allEvents(workflow: ImportedWorkflow): Promise<Array<Record<string, unknown>>> {
		const runs = (await n8n.client.executions(workflow.id)).toReversed();
		const executions = await Promise.all(runs.map(({ id }) => n8n.client.execution(id)));
		return executions.flatMap(({ output }) => output[TRIGGER] ?? []);
	}
});
