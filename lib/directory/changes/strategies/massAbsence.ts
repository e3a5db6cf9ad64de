import { DomainError } from '../../../domain.errors';
import type { SnapshotReader } from '../changes.types';

/** Below this many, a share says little: in a small directory a few leavers are many. */
const FEWEST = 20;
const LARGEST_SHARE = 0.2;

/**
 * What is remembered and was not met. A server that shows a part of itself (a lost right, a partition that is being imported) must not
 * be taken for one that lost its people.
 * @throws DomainError when more than a fifth, and at least twenty, seem to be gone
 */
export async function absentEntries(seen: ReadonlySet<string>, snapshots: SnapshotReader): Promise<string[]> {
	const absent: string[] = [];
	let remembered = 0;
	for await (const entryIds of snapshots.entryIds()) {
		remembered += entryIds.length;
		for (const entryId of entryIds) if (!seen.has(entryId)) absent.push(entryId);
	}
	if (absent.length >= FEWEST && absent.length > remembered * LARGEST_SHARE)
		throw massAbsence(absent.length, remembered);
	return absent;
}

const massAbsence = (absent: number, remembered: number): DomainError =>
	new DomainError(
		`${absent} of ${remembered} users and groups seem to be gone: nothing is told of them, and nothing is forgotten`,
		{
			advice:
				'Check that the login may still read every partition. If they are meant to be gone, publish the workflow again with When Activated, Start = From Now under Options: the trigger then takes the directory as it is. Until then it looks again and again.',
			recovery: 'abort',
			failure: 'permission-denied',
		},
	);
