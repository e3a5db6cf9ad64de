import type { Group } from '../directory.types';
import type { WatchSession } from './changes.types';
import { foldDn } from './entryName';

/** A group that was deleted and made anew under its name is still the one that is watched; a renamed one as well. */
export const isWatched = ({ watchedGroups }: Pick<WatchSession, 'watchedGroups'>, group: Group): boolean =>
	!watchedGroups || watchedGroups.some(({ id, dn }) => id === group.id || foldDn(dn) === foldDn(group.dn));
