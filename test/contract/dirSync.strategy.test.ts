import { sambaObstacle } from '../../sandbox/samba/samba';
import { sambaContractServer } from '../support/sambaContract';
import { describeActiveDirectoryTraps } from './activeDirectory.traps';
import { describeChangeStrategy } from './changeStrategy.contract';

const obstacle = sambaObstacle();
const COALESCES = {
	reason: 'it compares what it finds with what it remembers',
	tests: ['delivers every one of several changes between two reads'],
};
const READS_CHANGES = {
	reason: 'it reads what was changed, never everything',
	tests: ['tells nothing by halves when a read breaks off, and loses nothing'],
};

(obstacle === undefined ? describe : describe.skip)(
	`DirSyncStrategy${obstacle === undefined ? '' : ` (skipped: ${obstacle})`}`,
	() => {
		describe('with the right to list deleted objects', () => {
			describeChangeStrategy(() => sambaContractServer({ login: 'deletionReader' }), {
				skip: [COALESCES, READS_CHANGES],
				timeoutMs: 240_000,
			});
		});

		describeActiveDirectoryTraps('dirSync');
	},
);
