/** What was started, to be stopped in the opposite order, all of it, whatever fails. */
export class Teardown {
	readonly #steps: Array<{ what: string; stop: () => Promise<void> }> = [];
	#running: Promise<string[]> | undefined;

	add(what: string, stop: () => Promise<void>): void {
		this.#steps.push({ what, stop });
	}

	/** Runs once, however often it is called; gives what could not be stopped, and why. */
	run(): Promise<string[]> {
		this.#running ??= this.#stopAll();
		return this.#running;
	}

	async #stopAll(): Promise<string[]> {
		const problems: string[] = [];
		for (let step = this.#steps.pop(); step; step = this.#steps.pop()) {
			try {
				await step.stop();
			} catch (error) {
				problems.push(`${step.what}: ${error instanceof Error ? error.message : String(error)}`);
			}
		}
		return problems;
	}
}
