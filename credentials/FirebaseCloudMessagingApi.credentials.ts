import type { Icon, ICredentialType, INodeProperties } from 'n8n-workflow';

export class FirebaseCloudMessagingApi implements ICredentialType {
	name = 'firebaseCloudMessagingApi';

	displayName = 'Firebase Cloud Messaging API';

	icon: Icon = {
		light: 'file:../nodes/PushNotification/pushNotification.svg',
		dark: 'file:../nodes/PushNotification/pushNotification.dark.svg',
	};

	documentationUrl =
		'https://github.com/n8n-nodes-directory-push/n8n-nodes-directory-push/blob/main/docs/push.md';

	properties: INodeProperties[] = [
		{
			displayName: 'Service Account Key',
			name: 'serviceAccountPrivateKey',
			type: 'string',
			typeOptions: { password: true, rows: 6 },
			required: true,
			default: '',
			placeholder: '{ "type": "service_account", … }',
			description:
				'The whole JSON file. In the Firebase console: Project settings → Service accounts → Generate new private key.',
		},
		{
			displayName: 'Endpoint',
			name: 'endpoint',
			type: 'string',
			default: '',
			placeholder: 'https://fcm.googleapis.com',
			description: 'Leave empty for Google. Otherwise the address of your gateway to FCM.',
		},
		{
			displayName: 'Token URL',
			name: 'tokenUrl',
			type: 'string',
			default: '',
			placeholder: 'https://oauth2.googleapis.com/token',
			description: 'Leave empty for Google. Otherwise where access tokens are fetched.',
		},
		{
			displayName: 'Proxy URL',
			name: 'proxyUrl',
			type: 'string',
			default: '',
			placeholder: 'http://proxy.example.com:8080',
			description: 'Only if this n8n reaches the internet through an HTTP proxy',
		},
		{
			displayName: 'Proxy User',
			name: 'proxyUser',
			type: 'string',
			default: '',
			description: 'Only if the proxy asks for a login',
		},
		{
			displayName: 'Proxy Password',
			name: 'proxyPassword',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'Only if the proxy asks for a login',
		},
		{
			displayName: 'CA Certificate',
			name: 'ca',
			type: 'string',
			typeOptions: { rows: 4 },
			default: '',
			placeholder: '-----BEGIN CERTIFICATE-----',
			description:
				'Only if a proxy or gateway of your organisation uses its own certificate authority: its certificate in PEM form',
		},
	];
}
