import type { ITriggerFunctions, ITriggerResponse } from 'n8n-workflow';

import { systemClock } from '../directory/changes/clock';
import { sampleEvent } from '../directory/changes/sample';
import { DirectoryWatcher } from '../directory/changes/watcher';
import { absoluteDn } from '../directory/distinguishedName';
import type { LdapSettings } from '../directory/ldap/ldap.types';
import type { DomainError } from '../domain.errors';
import { directoryTriggerSettings } from './directoryTrigger.settings';
import type { DirectoryTriggerSettings } from './directoryTrigger.settings';
import { toNodeError } from './errors';
import { ldapSettingsOf } from './ldapConnection';
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
		const { settings, ldap } = await settingsOf(trigger);
		const before = watchers.get(key);
		await before?.stop();
		const watcher = watcherFor(trigger, { settings, ldap, workflowId, before });
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
): Promise<{ settings: DirectoryTriggerSettings; ldap: LdapSettings }> {
	const settings = directoryTriggerSettings(trigger);
	const ldap = ldapSettingsOf(await trigger.getCredentials('ldapDirectoryApi'));
	const base = absoluteDn(settings.scope.base, ldap.baseDn);
	return { settings: { ...settings, scope: { ...settings.scope, base } }, ldap };
}

interface Watched {
	settings: DirectoryTriggerSettings;
	ldap: LdapSettings;
	workflowId: string;
	before: DirectoryWatcher | undefined;
}

function watcherFor(
	trigger: ITriggerFunctions,
	{ settings, ldap, workflowId, before }: Watched,
): DirectoryWatcher {
	const node = trigger.getNode();
	const staticData = trigger.getWorkflowStaticData('node');
	const report = (problem: DomainError): void => trigger.saveFailedExecution(toNodeError(node, problem));
	return new DirectoryWatcher(
		{
			open: async (scope) => {
				const { openLdapWatch } = await import('../directory/changes/strategies/ldapWatch.session.js');
				return await openLdapWatch(ldap, scope);
			},
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
		const { settings, ldap } = await settingsOf(trigger);
		const [kind] = settings.ticked;
		if (kind === undefined) return;
		const { openLdapWatch } = await import('../directory/changes/strategies/ldapWatch.session.js');
		const session = await openLdapWatch(ldap, settings.scope);
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
