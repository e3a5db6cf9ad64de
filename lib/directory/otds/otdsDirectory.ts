import { DomainError } from '../../domain.errors';
import type { OtdsDirectory } from '../openDirectory';
import type { OtdsSettings } from './otds.types';

/** The directory ports over one login to OTDS. */
export function openOtdsDirectory(_settings: OtdsSettings): OtdsDirectory {
	throw new DomainError('not yet', { advice: 'wait', recovery: 'abort' });
}
