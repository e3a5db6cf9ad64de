import type { FastifyInstance } from 'fastify';

import type { SandboxDirectory } from '../directory/sandboxDirectory.types.ts';
import type { DevicePlatform } from '../fcm/deviceRegistry.ts';
import type { FcmEmulator } from '../fcm/fcmEmulator.types.ts';
import { newPhone } from '../seed/seed.ts';
import { freeUid } from './freeUid.ts';

export interface ConsoleParts {
	directory: SandboxDirectory;
	emulator: FcmEmulator;
	/** Called after each write. */
	changed: () => Promise<void>;
	acknowledge: (notificationId: string) => Promise<unknown>;
}

const text = (maxLength: number, minLength = 1): object => ({
	type: 'string',
	minLength,
	maxLength,
	pattern: '^[^\\u0000-\\u001f]*$',
});
const choice = (...values: string[]): object => ({ enum: values });
const body = (properties: Record<string, object>): object => ({
	body: { type: 'object', required: Object.keys(properties), additionalProperties: false, properties },
});

interface PersonForm {
	givenName: string;
	surname: string;
	title: string;
	department: string;
	site: string;
	phone: DevicePlatform | 'none';
	/** '' = in none */
	group: string;
}

/** What the buttons of the page do. */
export function addConsoleRoutes(app: FastifyInstance, parts: ConsoleParts): void {
	const { directory, emulator, changed } = parts;

	app.post<{ Body: { group: string; person: string; action: 'add' | 'remove' } }>(
		'/api/members',
		{ schema: body({ group: text(200), person: text(200), action: choice('add', 'remove') }) },
		async ({ body: { group, person, action } }) => {
			const change = action === 'add' ? directory.addMember : directory.removeMember;
			await change(await directory.groupKey(group), await directory.personKey(person));
			await changed();
			return { done: true };
		},
	);

	app.post<{ Body: { person: string; enabled: boolean } }>(
		'/api/people/enabled',
		{ schema: body({ person: text(200), enabled: { type: 'boolean' } }) },
		async ({ body: { person, enabled } }) => {
			await directory.setEnabled(await directory.personKey(person), enabled);
			await changed();
			return { done: true };
		},
	);

	app.post<{ Body: PersonForm }>(
		'/api/people',
		{
			schema: body({
				givenName: text(60),
				surname: text(60),
				title: text(60),
				department: text(60),
				site: text(60),
				phone: choice('android', 'ios', 'web', 'none'),
				group: text(200, 0),
			}),
		},
		async ({ body: form }) => {
			const uid = await createPerson(form, directory, emulator);
			await changed();
			return { done: true, uid };
		},
	);

	app.post<{ Body: { id: string } }>(
		'/api/acknowledge',
		{ schema: body({ id: text(40) }) },
		async ({ body: { id } }) => parts.acknowledge(id),
	);

	app.post<{ Body: { outage: 'none' | 'unavailable' } }>(
		'/api/push-service',
		{ schema: body({ outage: choice('none', 'unavailable') }) },
		async ({ body: { outage } }) => {
			await emulator.configure({ outage });
			await changed();
			return { done: true };
		},
	);
}

async function createPerson(
	form: PersonForm,
	directory: SandboxDirectory,
	emulator: FcmEmulator,
): Promise<string> {
	const { phone, group, ...person } = form;
	const taken = (await directory.people()).map(({ uid }) => uid);
	const uid = freeUid(form.givenName, form.surname, taken);
	const devices = phone === 'none' ? [] : [newPhone(emulator, uid, phone)];
	const key = await directory.addPerson({ ...person, uid }, devices);
	if (group !== '') await directory.addMember(await directory.groupKey(group), key);
	return uid;
}
