import type { SnapshotPage } from './snapshotSource.types';

/** What one walk met. Afterwards it tells the next walk which pages need no comparison. */
export class PageMemory {
	/** Fingerprint → ids, one a line: far smaller than a list. */
	readonly #met = new Map<string, string>();
	/** Equal to what is remembered. */
	readonly #unchanged = new Set<string>();
	readonly #compared = new Set<string>();
	#comparedPages = 0;
	#isRepeating = false;

	constructor(private previous: PageMemory | undefined) {}

	/** Takes note of the page. Tells whether it has to be compared. */
	meet(page: SnapshotPage): boolean {
		const { fingerprint } = page;
		const known = this.previous?.idsOfUnchanged(fingerprint);
		this.#met.set(fingerprint, known ?? page.entryIds.join('\n'));
		if (known === undefined) this.#comparedPages++;
		else this.#unchanged.add(fingerprint);
		return known === undefined;
	}

	/** False when the entry was compared already: entries move between pages while a walk lasts, or a server repeats itself. */
	isFirstSight(entryId: string): boolean {
		if (this.#compared.has(entryId)) {
			this.#isRepeating = true;
			return false;
		}
		this.#compared.add(entryId);
		return true;
	}

	/** Compared, and nothing had to be written: only such a page needs no second look. */
	foundUnchanged(fingerprint: string): void {
		this.#unchanged.add(fingerprint);
	}

	/** Every page was known and none is missing: then nothing is gone. */
	get isQuiet(): boolean {
		return (
			this.#comparedPages === 0 && this.previous !== undefined && this.#met.size === this.previous.#met.size
		);
	}

	/** All ids. */
	seen(): Set<string> {
		const seen = new Set<string>();
		for (const ids of this.#met.values()) {
			if (ids === '') continue;
			for (const entryId of ids.split('\n')) {
				if (seen.has(entryId)) this.#isRepeating = true;
				seen.add(entryId);
			}
		}
		return seen;
	}

	/** What the next walk may rely on; undefined when an entry stood in two places, so that pages do not tell its state. */
	relied(): this | undefined {
		this.#compared.clear();
		// Not a chain of all walks there ever were.
		this.previous = undefined;
		return this.#isRepeating ? undefined : this;
	}

	idsOfUnchanged(fingerprint: string): string | undefined {
		return this.#unchanged.has(fingerprint) ? this.#met.get(fingerprint) : undefined;
	}
}
