/**
 * A fixed stretch of the directory's time: a replay, and a backlog after an outage, fall into the same ones. A time that is none
 * counts as the beginning of time, so that nothing is lost by it.
 */
export class TimeWindow {
	private constructor(
		readonly startMs: number,
		readonly lengthMs: number,
	) {}

	static around(time: string, lengthMs: number): TimeWindow {
		const at = Date.parse(time);
		return new TimeWindow(Number.isNaN(at) ? 0 : Math.floor(at / lengthMs) * lengthMs, lengthMs);
	}

	get endMs(): number {
		return this.startMs + this.lengthMs;
	}

	/** ISO 8601, UTC. */
	get from(): string {
		return new Date(this.startMs).toISOString();
	}

	/** Exclusive. */
	get to(): string {
		return new Date(this.endMs).toISOString();
	}

	/** Sorts by time. */
	get name(): string {
		return this.from;
	}
}
