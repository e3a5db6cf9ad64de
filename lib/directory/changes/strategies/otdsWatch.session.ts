import { DomainError } from '../../../domain.errors';
import type { OtdsSettings } from '../../otds/otds.types';
import type { WatchScope } from '../event.types';
import type { DirectoryWatch } from '../openWatch';

/** One login, and the snapshot strategy over everything it sees. */
export async function openOtdsWatch(_settings: OtdsSettings, _scope: WatchScope): Promise<DirectoryWatch> {
	throw new DomainError('not yet', { advice: 'wait', recovery: 'abort' });
}
