import { createPrivateKey } from 'node:crypto';

import { DomainError } from '../../domain.errors';
import type { ServiceAccount } from './fcm.types';

const WHERE_TO_GET_IT =
	'Download a key in the Firebase console under Project settings → Service accounts → Generate new private key, ' +
	'and paste the whole file, from { to }.';

/** Project ids are 6 to 30 characters; older domain-scoped ones look like `example.com:project`. They become part of a path. */
const PROJECT_ID = /^[a-z0-9][a-z0-9.:-]{1,62}$/i;

/**
 * Reads a pasted key file. Rejects with DomainError that names the field at fault; neither the file nor any part of it is
 * ever quoted, and JSON.parse's own message is dropped because it quotes its input.
 */
export function parseServiceAccount(json: string): ServiceAccount {
	const file = parseObject(json);
	if (file.type !== 'service_account') throw wrongKind(file);
	return {
		projectId: projectIdOf(file),
		clientEmail: textOf(file, 'client_email'),
		privateKey: privateKeyOf(file),
		privateKeyId: optionalText(file.private_key_id),
		tokenUri: optionalText(file.token_uri),
	};
}

function parseObject(json: string): Record<string, unknown> {
	if (json.trim() === '') throw unusable('The service-account key is empty');
	try {
		const parsed: unknown = JSON.parse(json);
		if (isObject(parsed)) return parsed;
	} catch (error) {
		if (!(error instanceof SyntaxError)) throw error;
	}
	throw unusable('The service-account key is not a JSON file', 'Part of it may be missing. ');
}

function wrongKind(file: Record<string, unknown>): DomainError {
	if ('project_info' in file) {
		return unusable('This is the configuration of an app (google-services.json), not a service-account key');
	}
	if (file.type === 'authorized_user') {
		return unusable('This is the login of a person, not a service-account key');
	}
	return unusable('This is not a service-account key: "type" is not "service_account"');
}

function projectIdOf(file: Record<string, unknown>): string {
	const projectId = textOf(file, 'project_id');
	if (!PROJECT_ID.test(projectId))
		throw unusable('"project_id" of the service-account key is not a project id');
	return projectId;
}

function privateKeyOf(file: Record<string, unknown>): string {
	// Copies that went through a shell or an environment variable carry the two characters \n instead of line ends.
	const pem = textOf(file, 'private_key').replaceAll('\\n', '\n');
	let kind: string | undefined;
	try {
		kind = createPrivateKey(pem).asymmetricKeyType;
	} catch {
		throw unusable(
			'"private_key" of the service-account key cannot be read',
			'The key may have been cut or altered. ',
		);
	}
	if (kind !== 'rsa') throw unusable('"private_key" of the service-account key is not an RSA key');
	return pem;
}

function textOf(file: Record<string, unknown>, field: string): string {
	const value = file[field];
	if (typeof value === 'string' && value.trim() !== '') return value.trim();
	throw unusable(`"${field}" is missing in the service-account key`);
}

function optionalText(value: unknown): string | undefined {
	return typeof value === 'string' && value !== '' ? value : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unusable(message: string, hint = ''): DomainError {
	return new DomainError(message, {
		advice: `${hint}${WHERE_TO_GET_IT}`,
		recovery: 'abort',
		failure: 'credential-invalid',
	});
}
