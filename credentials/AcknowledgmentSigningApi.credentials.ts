import type { Icon, ICredentialType, INodeProperties } from 'n8n-workflow';

export class AcknowledgmentSigningApi implements ICredentialType {
	name = 'acknowledgmentSigningApi';

	displayName = 'Acknowledgment Signing API';

	icon: Icon = {
		light: 'file:../nodes/Acknowledgment/acknowledgmentTrigger.svg',
		dark: 'file:../nodes/Acknowledgment/acknowledgmentTrigger.dark.svg',
	};

	documentationUrl =
		'https://github.com/n8n-nodes-directory-push/n8n-nodes-directory-push/blob/main/docs/acknowledgments.md';

	properties: INodeProperties[] = [
		{
			displayName: 'Secret',
			name: 'secret',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
			description:
				'At least 32 random characters, for example the output of "openssl rand -base64 48". Signs the links in messages and the records in the directory; nobody else may know it.',
		},
		{
			displayName: 'Previous Secret',
			name: 'previousSecret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description:
				'When you change the secret, keep the old one here until the messages sent with it have expired. It only checks, it never signs.',
		},
		{
			displayName: 'Public Acknowledgment URL',
			name: 'publicUrl',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'https://n8n.example.org/webhook/acknowledgments',
			description:
				'The full production URL of the Acknowledgment Trigger as phones reach it. Links in messages start with it.',
		},
	];
}
