import { sambaObstacle } from '../../sandbox/samba/samba';
import { sambaContractServer } from '../support/sambaContract';
import { describeActiveDirectoryTraps } from './activeDirectory.traps';
import { describeChangeStrategy } from './changeStrategy.contract';

const obstacle = sambaObstacle();
const name = `UsnChangedStrategy${obstacle === undefined ? '' : ` (skipped: ${obstacle})`}`;

(obstacle === undefined ? describe : describe.skip)(name, () => {
	describeChangeStrategy(() => sambaContractServer({ login: 'deletionReader', strategy: 'usnChanged' }), {
		skip: [
			{
				reason: 'it compares what it finds with what it remembers',
				tests: ['delivers every one of several changes between two reads'],
			},
			{
				reason: 'it reads what was changed, never everything',
				tests: ['tells nothing by halves when a read breaks off, and loses nothing'],
			},
		],
		timeoutMs: 240_000,
	});

	describeActiveDirectoryTraps('usnChanged');
});
