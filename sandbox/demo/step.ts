/** Something that did not happen: which part of the whole it was stands in front of the reason. */
export class StepError extends Error {
	readonly step: string;

	constructor(step: string, cause: unknown) {
		super(cause instanceof Error ? cause.message : String(cause), { cause });
		this.name = 'StepError';
		this.step = step;
	}
}

/** Runs one step under its name and within its time. */
export async function step<Result>(
	name: string,
	timeoutMs: number,
	act: () => Promise<Result>,
): Promise<Result> {
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<never>((_resolve, reject) => {
		timer = setTimeout(() => reject(new Error(`it took more than ${timeoutMs / 1000} seconds`)), timeoutMs);
	});
	try {
		return await Promise.race([act(), late]);
	} catch (error) {
		throw error instanceof StepError ? error : new StepError(name, error);
	} finally {
		clearTimeout(timer);
	}
}
