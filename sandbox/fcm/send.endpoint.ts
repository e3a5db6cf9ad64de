import { randomBytes } from 'node:crypto';

import type { DeviceRegistry, EmulatedDevice } from './deviceRegistry.ts';
import type { Fault, FaultPlan } from './faults.ts';
import type { FieldViolation, GoogleRefusal } from './google.errors.ts';
import { invalidToken, malformed, unregistered } from './google.errors.ts';
import type { JsonObject } from './json.types.ts';
import { at, isObject, parseJson, textAt } from './json.types.ts';
import { SEND_REQUEST } from './message.fields.ts';
import { brokenRule } from './message.rules.ts';
import { readField } from './protoJson.ts';

/** What became of a request: `commit` puts an accepted message into the log and gives its name. */
export type SendOutcome =
	| { kind: 'refused'; refusal: GoogleRefusal }
	| { kind: 'fault'; fault: Exclude<Fault, { kind: 'refuse' }>; otherwise: SendOutcome }
	| {
			kind: 'accepted';
			validateOnly: boolean;
			name: string;
			message: JsonObject;
			wire: JsonObject;
			device?: EmulatedDevice;
	  };

/** Decides about one body of `messages:send`; records nothing. */
export function judgeSend(
	body: string,
	projectId: string,
	devices: DeviceRegistry,
	faults: FaultPlan,
): SendOutcome {
	const request = parseJson(body);
	if (!isObject(request)) {
		return refused(
			malformed([{ field: '', description: 'Invalid JSON payload received. Unexpected token.' }]),
		);
	}
	const violations: FieldViolation[] = [];
	const checked = readField(request, SEND_REQUEST, '', violations);
	if (violations.length > 0) return refused(malformed(violations));
	const message = at(checked, 'message');
	if (!isObject(message)) {
		return refused(
			malformed([{ field: 'message', description: "Invalid value at 'message', it is required." }]),
		);
	}
	const broken = brokenRule(message);
	if (broken) return refused(broken);

	const wire = at(request, 'message');
	const validateOnly = (at(checked, 'validateOnly') ?? false) === true;
	const name = messageName(projectId, message, validateOnly);
	const accepted: SendOutcome = {
		kind: 'accepted',
		validateOnly,
		name,
		message,
		wire: isObject(wire) ? wire : {},
	};
	const target = textAt(message, 'token') ?? textAt(message, 'fid');
	return target === undefined ? accepted : judgeTarget(target, accepted, devices, faults);
}

function judgeTarget(
	target: string,
	accepted: Extract<SendOutcome, { kind: 'accepted' }>,
	devices: DeviceRegistry,
	faults: FaultPlan,
): SendOutcome {
	const fault = faults.next(target);
	if (fault === 'none') return accepted;
	if (fault?.kind === 'refuse') return refused(fault.refusal);
	if (fault) return { kind: 'fault', fault, otherwise: accepted };
	const device = devices.find(target);
	if (device === 'neverIssued') return refused(invalidToken());
	if (device === 'unregistered') return refused(unregistered());
	return { ...accepted, device };
}

const refused = (refusal: GoogleRefusal): SendOutcome => ({ kind: 'refused', refusal });

function messageName(projectId: string, message: JsonObject, validateOnly: boolean): string {
	const prefix = `projects/${projectId}/messages/`;
	if (validateOnly) return `${prefix}fake_message_id`;
	if (at(message, 'topic') !== undefined || at(message, 'condition') !== undefined) {
		return prefix + BigInt(`0x${randomBytes(7).toString('hex')}`).toString();
	}
	return `${prefix}0:${Date.now()}${randomBytes(2).readUInt16BE().toString().padStart(5, '0')}%${randomBytes(8).toString('hex')}`;
}
