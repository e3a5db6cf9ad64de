import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { ITriggerResponse } from 'n8n-workflow';

import { DirectoryTrigger } from '../../nodes/Directory/DirectoryTrigger.node';
import type { Slapd } from '../../sandbox/openldap/slapd';
import { startSlapd } from '../../sandbox/openldap/slapd';
import { DirectoryAdmin } from './directoryAdmin';
import type { FakeTriggerOptions } from './fakeTrigger';
import { credentialOf, FakeTrigger } from './fakeTrigger';

/** The trigger node on a slapd, an administrator beside it, and a state folder of their own. */
export class TriggersOnSlapd {
	readonly admin: DirectoryAdmin;
	/** Closed after the test, the last one first. */
	readonly open: Array<() => Promise<unknown>> = [];
	#workflow = 0;

	private constructor(
		readonly slapd: Slapd,
		readonly folder: string,
	) {
		this.admin = new DirectoryAdmin(slapd);
	}

	static async begin(): Promise<TriggersOnSlapd> {
		const folder = await mkdtemp(join(tmpdir(), 'directory-push-trigger-'));
		process.env.N8N_DIRECTORY_PUSH_STATE_FOLDER = folder;
		return new TriggersOnSlapd(await startSlapd(), folder);
	}

	/** A workflow of its own, unless `workflowId` names one. */
	async start(
		options: Partial<FakeTriggerOptions>,
	): Promise<{ trigger: FakeTrigger; response: ITriggerResponse }> {
		const trigger = new FakeTrigger({
			parameters: {},
			credential: credentialOf(this.slapd),
			workflowId: `workflow${++this.#workflow}`,
			...options,
		});
		const response = await new DirectoryTrigger().trigger.call(trigger.context);
		this.open.push(async () => response.closeFunction?.());
		return { trigger, response };
	}

	async closeOpen(): Promise<void> {
		for (const close of this.open.splice(0).reverse()) await close();
	}

	async end(): Promise<void> {
		await this.admin.close();
		await this.slapd.stop();
		await rm(this.folder, { recursive: true });
	}
}
