import type { Offer, StrategyCandidate } from './candidate.types';

export const changeLogCandidate: StrategyCandidate = {
	name: 'changeLog',
	async offer(): Promise<Offer> {
		return { fits: false, reason: '' };
	},
};
