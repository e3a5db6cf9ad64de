import type { ICredentialsDecrypted, INodeCredentialTestResult } from 'n8n-workflow';

import { DomainError } from '../domain.errors';
import type { Directory, OtdsDirectory } from '../directory/openDirectory';
import { openDirectory } from '../directory/openDirectory';
import type { OtdsLogin, OtdsPartition, OtdsSettings } from '../directory/otds/otds.types';
import type { CredentialFields } from './credentialFields';
import { failedTest, invalid, milliseconds, oneOf, textOf } from './credentialFields';
import { isObject } from './directoryParameters';
import { otdsBaseUrlOf } from './otdsBaseUrl';
import { pemCertificates } from './pemCertificates';

/** The server's default; more than a thousand people a page would only make one answer slow. */
const PAGE_SIZE = { otherwise: 250, most: 1000 };
/** `oTExtraAttr0`, `custom:pushDevices`: what can stand in a request as the name of an attribute. */
const ATTRIBUTE = /^[a-z][\w:.-]*$/i;
const [DEVICES, ACKNOWLEDGMENTS, MANAGER, LOCALE] = [
	'Devices Attribute',
	'Acknowledgments Attribute',
	'Manager Attribute',
	'Locale Attribute',
] as const;

/** What the credential `openTextDirectoryServicesApi` says, checked. @throws DomainError `credential-invalid` naming the field */
export function otdsSettingsOf(fields: CredentialFields): OtdsSettings {
	const devicesAttribute = attributeOf(fields.devicesAttribute, DEVICES);
	const acknowledgmentsAttribute = attributeOf(fields.acknowledgmentsAttribute, ACKNOWLEDGMENTS);
	const managerAttribute = attributeOf(fields.managerAttribute, MANAGER);
	const localeAttribute = attributeOf(fields.localeAttribute, LOCALE) || 'preferredLanguage';
	checkApart({
		[DEVICES]: devicesAttribute,
		[ACKNOWLEDGMENTS]: acknowledgmentsAttribute,
		[MANAGER]: managerAttribute,
		[LOCALE]: localeAttribute,
	});
	return {
		kind: 'otds',
		baseUrl: otdsBaseUrlOf(textOf(fields.baseUrl).trim()),
		login: loginOf(fields),
		ca: pemCertificates(textOf(fields.trustedAuthorities)),
		verifyCertificate: fields.skipVerification !== true,
		partitions: partitionsOf(textOf(fields.partitions)),
		writesToSynchronized: fields.writesToSynchronized === true,
		conventions: { managerAttribute, localeAttribute },
		passwordResetAttribute:
			attributeOf(fields.resetRequiredAttribute, 'Password Reset Attribute') ||
			'UserMustChangePasswordAtNextSignIn',
		devicesAttribute,
		acknowledgmentsAttribute,
		recordValues: oneOf(['several', 'one'], fields.recordValues, 'several'),
		pageSize: pageSizeOf(fields.pageSize),
		connectTimeoutMs: milliseconds(fields.connectTimeoutSeconds, 10),
		operationTimeoutMs: milliseconds(fields.operationTimeoutSeconds, 60),
	};
}

/** The nodes' `otdsConnectionTest`: logs in, and looks at the partitions and at the rights there. */
export async function testOtdsCredential(
	credential: ICredentialsDecrypted,
): Promise<INodeCredentialTestResult> {
	let directory: Directory | undefined;
	try {
		const settings = otdsSettingsOf(credential.data ?? {});
		directory = await openDirectory(settings);
		if (directory.kind !== 'otds') throw new TypeError('OTDS settings opened another directory');
		return { status: 'OK', message: await describeConnection(directory, settings) };
	} catch (error) {
		return failedTest(error);
	} finally {
		await directory?.close();
	}
}

async function describeConnection({ connection }: OtdsDirectory, settings: OtdsSettings): Promise<string> {
	const current = await connection.get(['currentuser']);
	if (!isObject(current)) throw notOtds(settings.baseUrl);
	const partitions = await connection.partitions();
	const chosen = chosenPartitions(partitions, settings.partitions);
	if (chosen.length === 0) throw nothingSeen();
	for (const { name } of chosen) await checkRights(connection, name);
	const { vendor, endpoint } = await connection.identity();
	const places = chosen.map(({ name, synchronized }) => (synchronized ? `${name} (synchronized)` : name));
	const working = `Connected to ${vendor} at ${endpoint}, partitions: ${places.join(', ') || 'none'}`;
	return [working, ...advices(settings, chosen)].join('. ');
}

function chosenPartitions(existing: OtdsPartition[], names: readonly string[]): OtdsPartition[] {
	if (names.length === 0) return existing;
	return names.map((name) => {
		const found = existing.find((partition) => partition.name.toLowerCase() === name.toLowerCase());
		if (found) return found;
		const seen = existing.map((partition) => `"${partition.name}"`).join(', ') || 'none';
		throw invalid(
			`The login works, but OTDS shows no partition "${name.slice(0, 100)}"`,
			`Check its spelling under Partitions, and that the login administers it. It sees: ${seen}.`,
		);
	});
}

async function checkRights(connection: OtdsDirectory['connection'], partition: string): Promise<void> {
	const query = { where_partition_name: partition, page_size: '1' };
	try {
		if ((await connection.get(['users'], query)) !== undefined) return;
	} catch (error) {
		if (!(error instanceof DomainError) || error.failure !== 'permission-denied') throw error;
	}
	throw invalid(
		`The login works, but it may not read people in the partition "${partition.slice(0, 100)}"`,
		'Make the OAuth client, or the user, an administrator of that partition: in the OTDS administration under the partition, Edit Administrators.',
	);
}

function advices(settings: OtdsSettings, chosen: readonly OtdsPartition[]): string[] {
	const { devicesAttribute, acknowledgmentsAttribute, managerAttribute } = {
		...settings,
		...settings.conventions,
	};
	const given: string[] = [];
	const unset = [
		...(devicesAttribute === '' ? ['devices'] : []),
		...(acknowledgmentsAttribute === '' ? ['acknowledgments'] : []),
	];
	if (unset.length > 0)
		given.push(
			`No attribute is named for ${unset.join(' and ')}: name one, or choose a Record Directory credential in the Directory node`,
		);
	const mirrors = chosen.filter(({ synchronized }) => synchronized);
	if (unset.length < 2 && mirrors.length > 0 && !settings.writesToSynchronized)
		given.push(
			`Nothing will be written to ${mirrors.map(({ name }) => name).join(', ')}, which mirrors another directory: choose a Record Directory credential in the Directory node, or switch on Write to Synchronized Partitions`,
		);
	if (managerAttribute === '') given.push('No manager attribute is named, so nobody has a manager');
	return given;
}

function loginOf(fields: CredentialFields): OtdsLogin {
	if (oneOf(['oauth2', 'ticket'], fields.loginMethod, 'oauth2') === 'oauth2') {
		const clientId = required(textOf(fields.clientId).trim(), 'Client ID');
		return {
			method: 'oauth2',
			clientId,
			clientSecret: required(textOf(fields.clientSecret), 'Client Secret'),
		};
	}
	const userName = required(textOf(fields.userName).trim(), 'User Name');
	return { method: 'ticket', userName, password: required(textOf(fields.password), 'Password') };
}

/** What is kept in the attribute of devices holds push tokens: as a manager or a language it would be shown. */
function checkApart(names: Readonly<Record<string, string>>): void {
	const taken = new Map<string, string>();
	for (const [field, name] of Object.entries(names)) {
		const other = name === '' ? undefined : taken.get(name.toLowerCase());
		if (other !== undefined)
			throw invalid(`${other} and ${field} name one and the same attribute`, 'Name another one in either.');
		taken.set(name.toLowerCase(), field);
	}
}

function attributeOf(value: unknown, field: string): string {
	const name = textOf(value).trim();
	if (name === '' || ATTRIBUTE.test(name)) return name;
	throw invalid(
		`${field} "${name.slice(0, 100)}" is not the name of an attribute`,
		'Write it like "oTExtraAttr0" or "custom:manager".',
	);
}

function pageSizeOf(value: unknown): number {
	if (value === undefined || value === '') return PAGE_SIZE.otherwise;
	const size = Number(value);
	if (Number.isInteger(size) && size >= 1 && size <= PAGE_SIZE.most) return size;
	throw invalid('Page Size is not a whole number from 1 to 1000', 'Enter 250 unless OTDS asks for less.');
}

const partitionsOf = (text: string): string[] => [
	...new Set(
		text
			.split(/[,;\n]/)
			.map((name) => name.trim())
			.filter((name) => name !== ''),
	),
];

function required(value: string, field: string): string {
	if (value === '')
		throw invalid(`The OpenText Directory Services credential has no ${field}`, 'Fill it in.');
	return value;
}

const nothingSeen = (): DomainError =>
	invalid(
		'The login works, but OTDS shows it no partition',
		'Make the OAuth client, or the user, an administrator of the partitions with the people to reach.',
	);

const notOtds = (baseUrl: string): DomainError =>
	invalid(
		`What answers at ${baseUrl} is not OpenText Directory Services`,
		'Check the Base URL: it usually ends in /otdsws.',
	);
