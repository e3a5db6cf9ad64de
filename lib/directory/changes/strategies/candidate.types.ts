import type { LdapConnection } from '../../ldap/ldap.types';
import type { ChangeStrategy } from '../changes.types';
import type { StrategyName, WatchScope } from '../event.types';
import type { EntryComparison } from './entryComparison';
import type { EntryDescriber } from './entryDescription';
import type { LockPolicy } from './lockPolicy';

export interface StrategyContext {
	connection: LdapConnection;
	describer: EntryDescriber;
	scope: WatchScope;
	/** For ways without a log. */
	comparison: EntryComparison;
	locks: LockPolicy;
	/** Why the better ways were not taken, for people: the one that is taken says so. */
	refusals: readonly string[];
}

/** What the root DSE shows is tried out, not believed: `reason` says what stood in the way, or what speaks for it. */
export type Offer = { fits: true; strategy: ChangeStrategy } | { fits: false; reason: string };

/** One way of reading changes, and whether this server and this login offer it. */
export interface StrategyCandidate {
	name: StrategyName;
	offer(context: StrategyContext): Promise<Offer>;
}
