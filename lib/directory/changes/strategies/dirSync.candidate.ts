import type { Offer, StrategyCandidate } from './candidate.types';

export const dirSyncCandidate: StrategyCandidate = {
	name: 'dirSync',
	async offer(): Promise<Offer> {
		return { fits: false, reason: '' };
	},
};
