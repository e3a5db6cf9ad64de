import type { Offer, StrategyCandidate } from './candidate.types';

export const usnChangedCandidate: StrategyCandidate = {
	name: 'usnChanged',
	async offer(): Promise<Offer> {
		return { fits: false, reason: '' };
	},
};
