import type { WatchSession } from '../lib/directory/changes/changes.types.ts';
import type { Clock } from '../lib/directory/changes/clock.types.ts';
import type { EventPipeline } from '../lib/directory/changes/eventPipeline.ts';
import type { StrategyName, WatchScope } from '../lib/directory/changes/event.types.ts';
import type { DirectoryWatch } from '../lib/directory/changes/openWatch.ts';
import type { StateStore, WatchState } from '../lib/directory/changes/stateStore.types.ts';
import type { DirectoryWatcher } from '../lib/directory/changes/watcher.ts';
import type { LdapConnection, LdapSettings } from '../lib/directory/ldap/ldap.types.ts';

/** All events of people and groups, titles watched. */
export const scopeOf = (strategy: StrategyName): WatchScope => ({
	events: new Set([
		'user.created',
		'user.enabled',
		'user.disabled',
		'user.locked',
		'user.unlocked',
		'user.updated',
		'user.moved',
		'user.deleted',
		'group.created',
		'group.deleted',
		'group.memberAdded',
		'group.memberRemoved',
	]),
	base: '',
	conditions: [],
	groups: [],
	attributes: ['title'],
	strategy,
});

export interface Pack {
	openWatch(settings: LdapSettings, scope: WatchScope): Promise<DirectoryWatch>;
	openLdapConnection(settings: LdapSettings): LdapConnection;
	establishPosition(watch: WatchSession, store: StateStore, state: WatchState): Promise<unknown>;
	EventPipeline: typeof EventPipeline;
	DirectoryWatcher: typeof DirectoryWatcher;
	SqliteStateStore: new (file: string) => StateStore;
	systemClock: Clock;
}

/** The pack as it ships: Node cannot resolve the sources' imports without a build. */
export async function built(): Promise<Pack> {
	const lib = async (path: string): Promise<Partial<Pack>> =>
		(await import(new URL(`../dist/lib/${path}.js`, import.meta.url).href)) as Partial<Pack>;
	const parts = await Promise.all(
		[
			'directory/changes/openWatch',
			'directory/changes/watchPosition',
			'directory/changes/eventPipeline',
			'directory/changes/watcher',
			'directory/changes/clock',
			'directory/ldap/ldapConnection',
			'n8n/stateStore.sqlite',
		].map(lib),
	);
	return Object.assign({}, ...parts) as Pack;
}
