import type { Answer } from './exchange.types.ts';
import type { OtdsMisbehaviour } from './otdsSimulator.types.ts';

/** What goes wrong on purpose. */
export class OtdsFaults {
	latencyMs = 0;
	dropsConnections = false;
	#failing: NonNullable<OtdsMisbehaviour['failNext']> | undefined;
	#pagesUntilBreak: number | undefined;

	set(wanted: OtdsMisbehaviour): void {
		this.latencyMs = wanted.latencyMs ?? this.latencyMs;
		this.dropsConnections = wanted.dropConnections ?? this.dropsConnections;
		if (wanted.failNext) this.#failing = { ...wanted.failNext };
		if (wanted.breakPageAfter !== undefined) this.#pagesUntilBreak = wanted.breakPageAfter;
	}

	clear(): void {
		this.latencyMs = 0;
		this.dropsConnections = false;
		this.#failing = undefined;
		this.#pagesUntilBreak = undefined;
	}

	/** The failure that is due for this path. */
	next(path: string): Answer | undefined {
		const failing = this.#failing;
		if (!failing || failing.times <= 0 || !failing.path.test(path)) return undefined;
		failing.times--;
		const { status, body = { status, error: 'Failed on purpose', errorDetails: null } } = failing;
		return typeof body === 'string' ? { status, html: body } : { status, json: JSON.stringify(body) };
	}

	/** Called for each page: true for the one that is to break off. */
	breaksPage(): boolean {
		if (this.#pagesUntilBreak === undefined) return false;
		if (this.#pagesUntilBreak-- > 0) return false;
		this.#pagesUntilBreak = undefined;
		return true;
	}
}
