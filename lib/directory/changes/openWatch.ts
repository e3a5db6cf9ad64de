import { absoluteDn } from '../distinguishedName';
import type { DirectorySettings } from '../openDirectory';
import type { WatchSession } from './changes.types';
import type { WatchScope } from './event.types';
import type { SampleFinder } from './sample.types';

export interface DirectoryWatch extends WatchSession {
	/** For test mode. */
	samples: SampleFinder;
}

/** One connection to the directory and the strategy that fits it. Loads the transport only now. */
export async function openWatch(settings: DirectorySettings, scope: WatchScope): Promise<DirectoryWatch> {
	if (settings.kind === 'otds') {
		const { openOtdsWatch } = await import('./strategies/otdsWatch.session.js');
		return await openOtdsWatch(settings, scope);
	}
	const { openLdapWatch } = await import('./strategies/ldapWatch.session.js');
	return await openLdapWatch(settings, scope);
}

/** The base an analyst wrote as a full DN: LDAP's may be relative to the credential's; below the base of none there is everybody. */
export function absoluteScope(settings: DirectorySettings, scope: WatchScope): WatchScope {
	return settings.kind === 'ldap' ? { ...scope, base: absoluteDn(scope.base, settings.baseDn) } : scope;
}
