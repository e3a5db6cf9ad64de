import { otdsContractServer } from '../support/otdsContract';
import { describeChangeStrategy } from './changeStrategy.contract';

describe('SnapshotStrategy', () => {
	describeChangeStrategy(otdsContractServer, {
		skip: [
			{
				reason: 'it compares what it finds with what it remembers',
				tests: ['delivers every one of several changes between two reads'],
			},
			{
				reason: 'names are no part of the DN: told by previousName, see test/integration/otdsWatch.test.ts',
				tests: ['tells a rename, with the DN before'],
			},
			{ reason: 'OTDS renames no container', tests: ['tells everybody below a renamed container'] },
			{
				reason: 'a position is only when it began: nothing can be lost',
				tests: ['reconciles after its position became useless: loses nothing, tells nothing twice'],
			},
		],
	});
});
