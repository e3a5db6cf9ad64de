import { otdsContractServer } from '../support/otdsContract';
import { describeChangeStrategy } from './changeStrategy.contract';

describe('SnapshotStrategy', () => {
	describeChangeStrategy(otdsContractServer, {
		skip: [
			{
				reason: 'it compares what it finds with what it remembers',
				tests: ['delivers every one of several changes between two reads'],
			},
		],
	});
});
