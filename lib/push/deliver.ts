import { DomainError } from '../domain.errors';
import type {
	Delivery,
	DeliveryDevice,
	DeliveryOutcome,
	DeliveryStatus,
	DeviceOutcome,
} from './delivery.types';
import type { PushResult, PushSender } from './push.types';

export interface DeliverOptions {
	/** Requests at one time. */
	inFlight?: number;
	signal?: AbortSignal;
}

export interface DeliverResult {
	/** In the order of the deliveries. */
	outcomes: DeliveryOutcome[];
	/** Why sending stopped before its end: the service or the credential was unusable. */
	unusable?: DomainError;
}

interface Task {
	delivery: number;
	device: DeliveryDevice;
}

const IN_FLIGHT = 50;

/** From most to least in need of attention; what remains to be sent stands before what never will be. */
const BY_URGENCY: DeliveryStatus[] = [
	'unknown',
	'retryLater',
	'notPermitted',
	'messageInvalid',
	'deviceGone',
];

/**
 * Sends every delivery to every device. One bad recipient spoils nothing. When the service turns out unusable no further device is
 * tried: those left are `retryLater`. Rejects only with errors that are no DomainError.
 */
export async function deliver(
	sender: PushSender,
	deliveries: readonly Delivery[],
	{ inFlight = IN_FLIGHT, signal }: DeliverOptions = {},
): Promise<DeliverResult> {
	const refusals = deliveries.map((delivery) => refusalOf(sender, delivery));
	const tasks = deliveries.flatMap(({ devices }, delivery) =>
		refusals[delivery] === undefined ? devices.map((device): Task => ({ delivery, device })) : [],
	);
	const sending = new Sending(sender, deliveries, signal);
	const results = deliveries.map((): DeviceOutcome[] => []);
	for (const [task, outcome] of (await sending.all(tasks, inFlight)).entries()) {
		results[tasks[task]?.delivery ?? -1]?.push(outcome);
	}
	const outcomes = deliveries.map((_delivery, index): DeliveryOutcome => {
		const refusal = refusals[index];
		if (refusal !== undefined) return { status: 'messageInvalid', accepted: 0, devices: [], reason: refusal };
		return rollUp(results[index] ?? []);
	});
	return { outcomes, unusable: sending.unusable };
}

/** One verdict for a recipient from those on their devices. */
export function rollUp(devices: DeviceOutcome[]): DeliveryOutcome {
	const accepted = devices.filter(({ status }) => status === 'accepted').length;
	if (accepted > 0) return { status: 'accepted', accepted, devices };
	const status = BY_URGENCY.find((urgent) => devices.some((device) => device.status === urgent));
	if (status === undefined) {
		return { status: 'noDevice', accepted, devices, reason: 'No device is registered' };
	}
	return { status, accepted, devices };
}

/** In plain words with the field's name, or undefined when the message may be sent. */
function refusalOf(sender: PushSender, { message, problems = [] }: Delivery): string | undefined {
	const found = problems.length > 0 ? problems : sender.validate(message);
	if (found.length === 0) return undefined;
	return found.map(({ field, problem }) => `${field}: ${problem}`).join('; ');
}

class Sending {
	unusable: DomainError | undefined;
	private readonly stop = new AbortController();
	private readonly signal: AbortSignal;

	constructor(
		private readonly sender: PushSender,
		private readonly deliveries: readonly Delivery[],
		outside: AbortSignal | undefined,
	) {
		this.signal = outside ? AbortSignal.any([outside, this.stop.signal]) : this.stop.signal;
	}

	/** Outcomes in the order of the tasks. */
	async all(tasks: readonly Task[], inFlight: number): Promise<DeviceOutcome[]> {
		const outcomes = new Array<DeviceOutcome>(tasks.length);
		const queue = tasks.entries();
		const worker = async () => {
			for (const [index, task] of queue) outcomes[index] = await this.one(task);
		};
		const ended = await Promise.allSettled(Array.from({ length: Math.min(inFlight, tasks.length) }, worker));
		for (const { reason } of ended.filter((end) => end.status === 'rejected')) throw reason;
		return outcomes;
	}

	private async one({ delivery, device }: Task): Promise<DeviceOutcome> {
		const message = this.deliveries[delivery]?.message;
		if (message === undefined || this.signal.aborted) return outcomeOf(device, this.notSent(0));
		try {
			return outcomeOf(device, await this.sender.send(message, { token: device.token }, this.signal));
		} catch (error) {
			this.stop.abort();
			if (!(error instanceof DomainError)) throw error;
			this.unusable ??= error;
			return outcomeOf(device, this.notSent(1));
		}
	}

	private notSent(attempts: number): PushResult {
		const why = this.unusable?.message ?? 'The run was stopped before this was sent';
		return { status: 'retryLater', attempts, errorCode: this.unusable?.code, reason: why };
	}
}

function outcomeOf({ id, platform }: DeliveryDevice, result: PushResult): DeviceOutcome {
	const { status, attempts, providerMessageId, errorCode, reason } = result;
	return { deviceId: id, platform, status, attempts, providerMessageId, errorCode, reason };
}
