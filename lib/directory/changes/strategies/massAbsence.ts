import { DomainError } from '../../../domain.errors';
import type { SnapshotReader } from '../changes.types';
import { digest } from '../eventId';

/** Below this many, a share says little: in a small directory a few leavers are many. */
const FEWEST = 20;
const LARGEST_SHARE = 0.2;

/** `DomainError.code` of a guard that held deletions back. */
export const DELETIONS_HELD_BACK = 'deletions-held-back';

/**
 * What is remembered and was not met. A server that shows a part of itself (a lost right, a partition that is being imported) must not
 * be taken for one that lost its people. `acceptedCode` is what an administrator entered: it accepts these absences and no others.
 * @throws DomainError (code {@link DELETIONS_HELD_BACK}) when more than a fifth, and at least twenty, seem to be gone unaccepted
 */
export async function absentEntries(
	seen: ReadonlySet<string>,
	snapshots: SnapshotReader,
	acceptedCode?: string,
): Promise<string[]> {
	const absent: string[] = [];
	let remembered = 0;
	for await (const entryIds of snapshots.entryIds()) {
		remembered += entryIds.length;
		for (const entryId of entryIds) if (!seen.has(entryId)) absent.push(entryId);
	}
	if (absent.length < FEWEST || absent.length <= remembered * LARGEST_SHARE) return absent;
	const code = acceptanceCode(absent);
	if (acceptedCode?.trim().toLowerCase() === code) return absent;
	throw massAbsence(absent.length, remembered, code);
}

/** Eight hexadecimal digits that stand for exactly these entries: others that go missing later are not accepted with them. */
const acceptanceCode = (absent: readonly string[]): string => digest(absent.toSorted()).slice(0, 8);

const massAbsence = (absent: number, remembered: number, code: string): DomainError =>
	new DomainError(
		`${absent} of ${remembered} users and groups seem to be gone: nothing is told of them, and nothing is forgotten`,
		{
			advice: `Check that the login may still read everything it should. If they are meant to be gone, enter ${code} under Options, Accept Deletions With Code, and publish the workflow again: they are then told as deleted. Until then it looks again and again.`,
			recovery: 'abort',
			failure: 'permission-denied',
			code: DELETIONS_HELD_BACK,
		},
	);
