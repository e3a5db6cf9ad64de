import { PLATFORMS } from '../../../../lib/directory/devices/deviceRecord';
import type { Device, DeviceRegistration } from '../../../../lib/directory/devices/device.types';
import { lookUpPerson } from '../../../../lib/directory/personLookup';
import { DomainError } from '../../../../lib/domain.errors';
import { deviceJson, inChain } from '../../../../lib/n8n/directoryItems';
import { textParameter, userParameter } from '../../../../lib/n8n/directoryParameters';
import type { DirectorySession } from '../../../../lib/n8n/directorySession';
import type { Operation } from '../../../../lib/n8n/operation.types';
import { userFields } from '../user.fields';

export const register: Operation<DirectorySession> = {
	name: 'register',
	displayName: 'Register',
	action: 'Register a device',
	description:
		'Record the push token of a device. Doing it again refreshes it, and moves it to the user who did.',
	properties: [
		...userFields(''),
		{
			displayName: 'Token',
			name: 'token',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
			description: 'The registration token that the app got from Firebase Cloud Messaging',
		},
		{
			displayName: 'Platform',
			name: 'platform',
			type: 'options',
			default: 'android',
			description: 'What the app runs on',
			options: [
				{ name: 'Android', value: 'android' },
				{ name: 'iOS', value: 'ios' },
				{ name: 'Other', value: 'other' },
				{ name: 'Web', value: 'web' },
			],
		},
		{
			displayName: 'App',
			name: 'app',
			type: 'string',
			default: '',
			placeholder: 'e.g. ward-app',
			description: 'Name of the app the token belongs to, where there are several',
		},
	],

	async execute(context, session, index) {
		const person = await lookUpPerson(session.client, userParameter(context, index));
		const registration: DeviceRegistration = {
			token: textParameter(context, 'token', index).trim(),
			platform: platformOf(textParameter(context, 'platform', index)),
		};
		const app = textParameter(context, 'app', index).trim();
		if (app !== '') registration.app = app;
		const { device, status } = await session.devices.register(person, registration);
		const { id, dn, displayName } = person;
		return [inChain(context, index, { device: deviceJson(device), status, user: { id, dn, displayName } })];
	},
};

function platformOf(text: string): Device['platform'] {
	const platform = PLATFORMS.find((known) => known === text.trim().toLowerCase());
	if (platform !== undefined) return platform;
	throw new DomainError(`"${text.slice(0, 40)}" is not a platform`, {
		advice: `Use one of ${PLATFORMS.join(', ')}.`,
		recovery: 'skip',
		failure: 'configuration-invalid',
	});
}
