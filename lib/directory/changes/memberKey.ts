import type { MemberValue } from './changes.types';
import { foldDn } from './entryName';

/** What a member is called in the group: stays the same when the person is renamed or deleted later. */
export function memberKey({ value, is }: MemberValue): string {
	return `${is}:${is === 'dn' ? foldDn(value) : value.toLowerCase()}`;
}
