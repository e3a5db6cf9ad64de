import type { ITriggerFunctions, ITriggerResponse } from 'n8n-workflow';

import { systemClock } from '../directory/changes/clock';
import { sampleEvent } from '../directory/changes/sample';
import { DirectoryWatcher } from '../directory/changes/watcher';
import { absoluteScope, openWatch } from '../directory/changes/openWatch';
import type { DirectorySettings } from '../directory/openDirectory';
import type { DomainError } from '../domain.errors';
import { directoryTriggerSettings } from './directoryTrigger.settings';
import type { DirectoryTriggerSettings } from './directoryTrigger.settings';
import { toNodeError } from './errors';
import { directorySettingsOf } from './directoryCredential';
import { openStateStore } from './stateStore';
import { handOffTo, itemOf } from './triggerDelivery';

/** n8n itself starts the workflow: nobody is looking, and a thrown error would end the trigger for good after a few attempts. */
const UNATTENDED = new Set(['init', 'leadershipChange']);

/** Watchers by workflow and node: the next activation lets a run of the one before come to its end. */
const watchers = new Map<string, DirectoryWatcher>();

/** A published workflow: watches until it is closed. */
export async function watchDirectory(trigger: ITriggerFunctions): Promise<ITriggerResponse> {
	const node = trigger.getNode();
	const workflowId = trigger.getWorkflow().id ?? 'unsaved';
	const key = JSON.stringify([workflowId, node.id]);
	try {
		const { settings, directory } = await settingsOf(trigger);
		const before = watchers.get(key);
		await before?.stop();
		const watcher = watcherFor(trigger, { settings, directory, workflowId, before });
		const patient = UNATTENDED.has(trigger.getActivationMode()) || before?.isHandingOver === true;
		await watcher.start({ patient });
		watchers.set(key, watcher);
		return { closeFunction: () => watcher.stop() };
	} catch (error) {
		throw toNodeError(node, error);
	}
}

/** Nobody outside the credential's base is watched, not even as a member of a group inside. */
async function settingsOf(
	trigger: ITriggerFunctions,
): Promise<{ settings: DirectoryTriggerSettings; directory: DirectorySettings }> {
	const settings = directoryTriggerSettings(trigger);
	const directory = await directorySettingsOf(trigger);
	return { settings: { ...settings, scope: absoluteScope(directory, settings.scope) }, directory };
}

interface Watched {
	settings: DirectoryTriggerSettings;
	directory: DirectorySettings;
	workflowId: string;
	before: DirectoryWatcher | undefined;
}

function watcherFor(
	trigger: ITriggerFunctions,
	{ settings, directory, workflowId, before }: Watched,
): DirectoryWatcher {
	const node = trigger.getNode();
	const staticData = trigger.getWorkflowStaticData('node');
	const report = (problem: DomainError): void => trigger.saveFailedExecution(toNodeError(node, problem));
	return new DirectoryWatcher(
		{
			open: (scope) => openWatch(directory, scope),
			openStore: async () => {
				await before?.finished;
				const owner = { workflowId, nodeId: node.id, staticData };
				return await openStateStore(owner, process.env, (reason) => trigger.logger.warn(reason));
			},
			handOff: handOffTo(trigger, settings.deliveredWhen, { report, clock: systemClock }),
			report,
			clock: systemClock,
		},
		{ ...settings, startFromNow: settings.startFromNow && trigger.getActivationMode() === 'activate' },
	);
}

/** Test mode: shows what the first ticked event looks like, with a real entry; remembers and changes nothing. */
export async function showSample(trigger: ITriggerFunctions): Promise<void> {
	try {
		const { settings, directory } = await settingsOf(trigger);
		const [kind] = settings.ticked;
		if (kind === undefined) return;
		const session = await openWatch(directory, settings.scope);
		try {
			const request = { kind, scope: settings.scope, masked: settings.maskSample, now: new Date() };
			trigger.emit([[itemOf(await sampleEvent(session, session.samples, request))]]);
		} finally {
			await session.close();
		}
	} catch (error) {
		throw toNodeError(trigger.getNode(), error);
	}
}
