import type { Snapshot } from '../../../lib/directory/changes/changes.types';
import { absentEntries, DELETIONS_HELD_BACK } from '../../../lib/directory/changes/strategies/massAbsence';
import { failureOf } from '../../support/ldap';
import { SnapshotMemory } from '../../support/snapshotMemory';

const person: Snapshot = {
	dn: 'uid=a',
	kind: 'person',
	account: { enabled: true, locked: false, passwordResetRequired: false },
	attributes: {},
	members: [],
};

function remembering(count: number, from = 0): SnapshotMemory {
	const memory = new SnapshotMemory();
	memory.write(
		Array.from({ length: count }, (_, index) => ({ entryId: `e${from + index}`, snapshot: person })),
	);
	return memory;
}

async function codeOf(memory: SnapshotMemory): Promise<string> {
	const { advice } = await failureOf(absentEntries(new Set(), memory));
	return /enter ([0-9a-f]{8}) under Options, Accept Deletions With Code/.exec(advice)?.[1] ?? '';
}

describe('Entries that a complete walk did not meet', () => {
	it('are gone where they are few, or a small share', async () => {
		expect(await absentEntries(new Set(), remembering(19))).toHaveLength(19);
		const most = new Set(Array.from({ length: 80 }, (_, index) => `e${index}`));
		expect(await absentEntries(most, remembering(100))).toHaveLength(20);
	});

	it('are held back where they are many, under a code that accepts just these', async () => {
		const memory = remembering(30);
		expect(await failureOf(absentEntries(new Set(), memory))).toMatchObject({
			code: DELETIONS_HELD_BACK,
			message: expect.stringContaining('30 of 30') as string,
		});
		const code = await codeOf(memory);
		expect(code).toMatch(/^[0-9a-f]{8}$/);
		expect(await absentEntries(new Set(), memory, ` ${code.toUpperCase()} `)).toHaveLength(30);
		await expect(absentEntries(new Set(), memory, '00000000')).rejects.toThrow('seem to be gone');
		const others = remembering(30, 1);
		await expect(absentEntries(new Set(), others, code)).rejects.toThrow('seem to be gone');
	});

	it('have the same code in whatever order they are remembered', async () => {
		const memory = remembering(30);
		const backwards: SnapshotMemory = new SnapshotMemory();
		backwards.write(
			Array.from({ length: 30 }, (_, index) => ({ entryId: `e${29 - index}`, snapshot: person })),
		);
		expect(await codeOf(backwards)).toBe(await codeOf(memory));
	});
});
