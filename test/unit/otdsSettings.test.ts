import { otdsSettingsOf } from '../../lib/n8n/otdsConnection';

const fields = {
	baseUrl: ' https://otds.example.org/otdsws/rest/ ',
	loginMethod: 'oauth2',
	clientId: 'push',
	clientSecret: ' with blanks ',
};

describe('otdsSettingsOf', () => {
	it('reads what was filled in, and fills in the rest', () => {
		expect(otdsSettingsOf({ ...fields, partitions: ' Staff, AD Mirror,,Staff' })).toEqual({
			kind: 'otds',
			baseUrl: 'https://otds.example.org/otdsws',
			login: { method: 'oauth2', clientId: 'push', clientSecret: ' with blanks ' },
			ca: undefined,
			verifyCertificate: true,
			partitions: ['Staff', 'AD Mirror'],
			writesToSynchronized: false,
			conventions: { managerAttribute: '', localeAttribute: 'preferredLanguage' },
			passwordResetAttribute: 'UserMustChangePasswordAtNextSignIn',
			devicesAttribute: '',
			acknowledgmentsAttribute: '',
			recordValues: 'several',
			pageSize: 250,
			connectTimeoutMs: 10_000,
			operationTimeoutMs: 60_000,
		});
	});

	it('keeps the tenant of the base URL', () => {
		const { baseUrl } = otdsSettingsOf({ ...fields, baseUrl: 'https://h:8443/otdstenant/acme/otdsws' });
		expect(baseUrl).toBe('https://h:8443/otdstenant/acme/otdsws');
	});

	it('takes a user and password instead of a client', () => {
		const login = { loginMethod: 'ticket', userName: ' push@Staff ', password: 'p' };
		expect(otdsSettingsOf({ ...fields, ...login }).login).toEqual({
			method: 'ticket',
			userName: 'push@Staff',
			password: 'p',
		});
	});

	it.each(['http://localhost:8080/otdsws', 'http://127.0.0.1/otdsws', 'http://[::1]:1/otdsws'])(
		'takes %s unencrypted: it is on this machine',
		(baseUrl) => expect(otdsSettingsOf({ ...fields, baseUrl }).baseUrl).toBe(baseUrl),
	);

	it.each([
		['no URL', { baseUrl: '' }, 'Base URL'],
		['another protocol', { baseUrl: 'ldap://otds.example.org' }, 'Base URL'],
		['plain http to another machine', { baseUrl: 'http://otds.example.org/otdsws' }, 'not encrypted'],
		[
			'plain http to a name that only looks local',
			{ baseUrl: 'http://127.0.0.1.evil.org/x' },
			'not encrypted',
		],
		['a password in the URL', { baseUrl: 'https://u:p@otds/otdsws' }, 'name or a password'],
		['a query in the URL', { baseUrl: 'https://otds/otdsws?x=1' }, 'not a web address'],
		['no path', { baseUrl: 'https://otds.example.org/' }, 'no path'],
		['no client', { clientId: ' ' }, 'Client ID'],
		['no secret', { clientSecret: '' }, 'Client Secret'],
		['no user', { loginMethod: 'ticket', password: 'p' }, 'User Name'],
		['no password', { loginMethod: 'ticket', userName: 'u' }, 'Password'],
		['a page of none', { pageSize: 0 }, 'Page Size'],
		['a page of everybody', { pageSize: 1e6 }, 'Page Size'],
		['an attribute that is none', { devicesAttribute: 'a b"c' }, 'Devices Attribute'],
		['an attribute with a line break', { managerAttribute: 'custom:a\nb' }, 'Manager Attribute'],
		[
			'one attribute for both records',
			{ devicesAttribute: 'oTExtraAttr8', acknowledgmentsAttribute: 'otextraattr8' },
			'Devices Attribute and Acknowledgments Attribute name one',
		],
		[
			'tokens shown as the manager',
			{ devicesAttribute: 'oTExtraAttr0', managerAttribute: 'oTExtraAttr0' },
			'Devices Attribute and Manager Attribute name one',
		],
		['tokens shown as the language', { devicesAttribute: 'preferredlanguage' }, 'Locale Attribute name one'],
		[
			'an attribute that no record could be kept in',
			{ devicesAttribute: 'custom:push/x' },
			'Devices Attribute',
		],
	])('refuses %s, naming the field', (_what, change, words) => {
		const settings = (): unknown => otdsSettingsOf({ ...fields, ...change });
		expect(settings).toThrow(
			expect.objectContaining({
				message: expect.stringContaining(words) as string,
				failure: 'credential-invalid',
				advice: expect.stringMatching(/\S/) as string,
			}) as Error,
		);
	});

	it('takes what is no text at all for empty', () => {
		expect(() => otdsSettingsOf({ baseUrl: { a: 1 }, clientId: 7 })).toThrow('Base URL');
	});
});
