export interface BenchmarkRow {
	name: string;
	unit: string;
	ours: number;
	/** Measured in the same run, on the same data; machines are noisy, ratios less so. */
	reference: number;
	referenceName: string;
	/** ours ÷ reference; below 1 is better than the reference for times and memory. */
	ratio: number;
	/** Largest ratio we want. */
	goal: number;
	met: boolean;
}

export interface Benchmark {
	name: string;
	run(tell: (line: string) => void): Promise<BenchmarkRow[]>;
}

type Measured = Omit<BenchmarkRow, 'ratio' | 'met'>;

export function row(measured: Measured): BenchmarkRow {
	const ratio = measured.ours / measured.reference;
	return { ...measured, ratio, met: ratio <= measured.goal };
}

/** The value below which `share` of the samples lie (nearest rank). */
export function percentile(samples: readonly number[], share: number): number {
	const sorted = [...samples].sort((one, other) => one - other);
	return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
