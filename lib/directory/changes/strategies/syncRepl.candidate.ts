import type { Offer, StrategyCandidate } from './candidate.types';

export const syncReplCandidate: StrategyCandidate = {
	name: 'syncRepl',
	async offer(): Promise<Offer> {
		return { fits: false, reason: '' };
	},
};
