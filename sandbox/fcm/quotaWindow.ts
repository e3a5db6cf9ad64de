/** Requests a minute, counted from the first. */
export class QuotaWindow {
	#startedAt = 0;
	#used = 0;

	/** False when this minute's requests are used up. */
	take(perMinute: number): boolean {
		const now = Date.now();
		if (now - this.#startedAt >= 60_000) {
			this.#startedAt = now;
			this.#used = 0;
		}
		return ++this.#used <= perMinute;
	}
}
