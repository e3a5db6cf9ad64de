import type { Detections } from '../../lib/directory/changes/changes.types';
import { GROUP_EVENTS, PERSON_EVENTS } from '../../lib/directory/changes/event.types';
import type { ChangeEventKind } from '../../lib/directory/changes/event.types';

const KINDS: readonly ChangeEventKind[] = [...PERSON_EVENTS, ...GROUP_EVENTS];
const WORDS = { each: 'each', net: 'net', no: '**not seen**' } as const;

/** What one way of reading sees of one family. */
export interface MatrixColumn {
	title: string;
	detects: Detections;
}

const PREFACE = `# What each directory shows

Made by the tests: each way of reading is opened on a real server (OTDS: on the simulator) and asked what it sees; the contract suite proves
each answer on the same server, and fails where a way sees less, or more, than it says. \`UPDATE_MATRIX=1 npx jest test/contract/eventMatrix\` writes
this page anew.

**each**: every transition, in order. **net**: the difference between two reads; what was done and undone in between is not seen. Security events
follow from these: what of a membership is seen decides.
`;

/** The whole page, as prettier leaves it. */
export function renderMatrix(columns: readonly MatrixColumn[]): string {
	const header = ['kind', ...columns.map(({ title }) => title)];
	const rows = KINDS.map((kind) => [
		`\`${kind}\``,
		...columns.map(({ detects }) => WORDS[detects[kind].sight]),
	]);
	const widths = header.map((cell, at) => Math.max(cell.length, ...rows.map((row) => row[at]?.length ?? 0)));
	const line = (cells: string[]): string =>
		`| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
	const table = [header, widths.map((width) => '-'.repeat(width)), ...rows].map(line).join('\n');
	return [PREFACE, `${table}\n`, '## Why, and what helps\n', ...columns.map(reasonsOf)].join('\n');
}

/** Kinds with the same reason stand together. */
function reasonsOf({ title, detects }: MatrixColumn): string {
	const kindsOf = new Map<string, string[]>();
	for (const kind of KINDS) {
		const { reason } = detects[kind];
		if (reason !== undefined) kindsOf.set(reason, [...(kindsOf.get(reason) ?? []), `\`${kind}\``]);
	}
	const lines = [...kindsOf].map(([reason, kinds]) => `- ${kinds.join(', ')}: ${reason}`);
	return `### ${title}\n\n${lines.length > 0 ? lines.join('\n') : 'Everything is seen.'}\n`;
}

export interface ShownColumn {
	title: string;
	/** One a kind. */
	cells: string[];
	reasons: string;
}

/** What a page shows, without its layout. */
export function columnsShown(page: string): ShownColumn[] {
	const [header = [], , ...rows] = page
		.split('\n')
		.filter((line) => line.startsWith('|'))
		.map((line) =>
			line
				.split('|')
				.slice(1, -1)
				.map((cell) => cell.trim()),
		);
	return header.slice(1).map((title, at) => ({
		title,
		cells: rows.map((row) => row[at + 1] ?? ''),
		reasons: sectionOf(page, title),
	}));
}

function sectionOf(page: string, title: string): string {
	const sections = page.split(/^### /m).slice(1);
	const section = sections.find((text) => text.startsWith(`${title}\n`));
	return (section ?? '').slice(title.length).trim();
}
