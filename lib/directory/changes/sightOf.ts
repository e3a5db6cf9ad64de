import type { ChangeStrategy, Detection } from './changes.types';
import type { ChangeEventKind, EventKind, HealthEventKind, SecurityEventKind } from './event.types';
import { GROUP_EVENTS, HEALTH_EVENTS, PERSON_EVENTS, SECURITY_EVENTS } from './event.types';

const MEMBERSHIPS: readonly ChangeEventKind[] = ['group.memberAdded', 'group.memberRemoved'];

/** What a security event is concluded from. Privileged access is a set: it is wrong as soon as additions or removals are missing. */
const CONCLUDED_FROM: Record<SecurityEventKind, { kinds: readonly ChangeEventKind[]; needs: 'all' | 'any' }> =
	{
		'security.privilegedAccessGranted': { kinds: MEMBERSHIPS, needs: 'all' },
		'security.privilegedAccessRevoked': { kinds: MEMBERSHIPS, needs: 'all' },
		'security.unusualGroupChange': { kinds: MEMBERSHIPS, needs: 'any' },
		'security.bulkChange': { kinds: [...PERSON_EVENTS, ...GROUP_EVENTS], needs: 'any' },
	};

/** How well a kind of event is seen: of a change as the strategy says, of what is concluded as well as the changes behind it. */
export function sightOf({ detects }: Pick<ChangeStrategy, 'detects'>, kind: EventKind): Detection {
	if (isHealth(kind)) return { sight: 'each' };
	if (!isSecurity(kind)) return detects[kind];
	const { kinds, needs } = CONCLUDED_FROM[kind];
	const behind = kinds.map((one) => detects[one]);
	const unseen = behind.filter(({ sight }) => sight === 'no');
	if (unseen.length === behind.length || (needs === 'all' && unseen.length > 0)) {
		return { sight: 'no', reason: [...new Set(unseen.map(({ reason }) => reason ?? ''))].join(' ') };
	}
	return { sight: behind.some(({ sight }) => sight === 'net') ? 'net' : 'each' };
}

export const isSecurity = (kind: EventKind): kind is SecurityEventKind =>
	SECURITY_EVENTS.some((one) => one === kind);

export const isHealth = (kind: EventKind): kind is HealthEventKind =>
	HEALTH_EVENTS.some((one) => one === kind);
