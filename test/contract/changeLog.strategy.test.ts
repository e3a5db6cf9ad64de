import { existsSync } from 'node:fs';

import { directory389Binary } from '../../sandbox/389ds/directory389';
import { directory389ContractServer } from '../support/directory389Contract';
import { describeChangeStrategy } from './changeStrategy.contract';

(existsSync(directory389Binary) ? describe : describe.skip)(
	'ChangeLogStrategy (skipped without the package 389-ds-base)',
	() => {
		describeChangeStrategy(() => directory389ContractServer({ changelog: true }), {
			skip: [
				{
					reason: 'a log is read record by record',
					tests: ['tells nothing by halves when a read breaks off, and loses nothing'],
				},
			],
		});
	},
);
