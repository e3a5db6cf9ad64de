import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { StrategyName } from '../../lib/directory/changes/event.types';
import { directory389Binary } from '../../sandbox/389ds/directory389';
import { sambaObstacle } from '../../sandbox/samba/samba';
import { directory389ContractServer } from '../support/directory389Contract';
import { ldapContractServer } from '../support/ldapContract';
import { otdsContractServer } from '../support/otdsContract';
import { sambaContractServer } from '../support/sambaContract';
import { EVERYTHING } from './changeStrategy.contract';
import type { ContractServer } from './contractServer.types';
import { columnsShown, renderMatrix } from './eventMatrix';
import type { MatrixColumn } from './eventMatrix';

interface WayOfReading {
	title: string;
	start: () => Promise<ContractServer>;
	/** Absent: the only one there is. */
	strategy?: StrategyName;
	/** Why it cannot be run here; a failure under CI. */
	obstacle?: string;
}

const withoutLog = () => ldapContractServer({ accesslog: false });
const deletionReader = () => sambaContractServer({ login: 'deletionReader' });
const of389 = existsSync(directory389Binary) ? undefined : '389-ds-base is not installed';
const ofSamba = sambaObstacle();

/** Those that the contract suite runs on, with the logins that see most. */
const WAYS: WayOfReading[] = [
	{ title: 'OpenLDAP, `accessLog`', start: () => ldapContractServer(), strategy: 'accessLog' },
	{ title: 'OpenLDAP, `syncRepl`', start: withoutLog, strategy: 'syncRepl' },
	{ title: 'OpenLDAP, `modifyTimestamp`', start: withoutLog, strategy: 'modifyTimestamp' },
	{
		title: '389 DS, `changeLog`',
		start: () => directory389ContractServer({ changelog: true }),
		strategy: 'changeLog',
		obstacle: of389,
	},
	{ title: 'AD, `dirSync`', start: deletionReader, strategy: 'dirSync', obstacle: ofSamba },
	{ title: 'AD, `usnChanged`', start: deletionReader, strategy: 'usnChanged', obstacle: ofSamba },
	{ title: 'OTDS, `snapshot`', start: otdsContractServer },
];

const FILE = join(__dirname, '..', '..', 'docs', 'event-matrix.md');
const isUpdate = process.env.UPDATE_MATRIX === '1';
const mayBeMissing = process.env.CI !== 'true' && !isUpdate;

describe('docs/event-matrix.md', () => {
	const found: MatrixColumn[] = [];

	afterAll(async () => {
		if (isUpdate && found.length === WAYS.length) await writeFile(FILE, renderMatrix(found));
	});

	it.each(WAYS)(
		'shows what is seen of $title',
		async ({ title, start, strategy, obstacle }) => {
			if (obstacle !== undefined && mayBeMissing) return;
			const server = await start();
			try {
				const session = await server.open({ ...EVERYTHING, strategy });
				found.push({ title, detects: session.strategy.detects });
				await session.close();
			} finally {
				await server.admin.close();
				await server.stop();
			}
			if (isUpdate) return;
			const [now] = columnsShown(renderMatrix(found.slice(-1)));
			const page = columnsShown(await readFile(FILE, 'utf8'));
			expect(page.find((column) => column.title === title)).toEqual(now);
		},
		240_000,
	);

	it('shows nothing else', async () => {
		if (isUpdate) return;
		const titles = columnsShown(await readFile(FILE, 'utf8')).map(({ title }) => title);
		expect(titles).toEqual(WAYS.map(({ title }) => title));
	});
});
