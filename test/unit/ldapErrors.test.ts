import { connectionError, resultError, systemError } from '../../lib/directory/ldap/ldapErrors';
import { redact } from '../../lib/directory/redact';
import { RESULT_CODES } from '../../lib/directory/ldap/resultCodes';

const place = { endpoint: 'ldap://directory.example.org:389', secrets: ['hunter2'] };
const failed = (code: number, diagnostic = '') =>
	resultError({ code, diagnostic, matchedDn: '', referrals: [] }, 'do something', place);

describe('LDAP errors', () => {
	it.each([...RESULT_CODES])('code %i says what to do', (code, { name }) => {
		const error = failed(code, 'server text');
		expect(error.message).toContain(name);
		expect(error.message).toContain('server text');
		expect(error.advice.length).toBeGreaterThan(20);
		expect(error.code).toBe(String(code));
	});

	it.each([
		[49, 'abort', 'credential-invalid'],
		[50, 'abort', 'permission-denied'],
		[51, 'retry', 'temporarily-unavailable'],
		[13, 'abort', 'credential-invalid'],
		[32, 'skip', 'not-found'],
		[122, 'retry', 'unknown'],
		[4096, 'abort', 'unknown'],
		[9999, 'abort', 'unknown'],
	] as const)('code %i is to %s (ldapts trap 12: by number)', (code, recovery, failure) => {
		expect(failed(code)).toMatchObject({ recovery, failure, code: String(code) });
	});

	it.each([
		['52e', /password/],
		['533', /disabled/],
		['701', /expired/],
		['773', /changed/],
		['775', /locked/],
	])('reads the reason %s of Active Directory', (reason, words) => {
		const diagnostic = `80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data ${reason}, v4563\0`;
		const error = failed(49, diagnostic);
		expect(error.message).toMatch(words);
		expect(error.message).not.toContain('\0');
		expect(error.failure).toBe('credential-invalid');
	});

	it.each([
		['ECONNREFUSED', 'retry', 'temporarily-unavailable'],
		['ENOTFOUND', 'retry', 'temporarily-unavailable'],
		['ETIMEDOUT', 'retry', 'temporarily-unavailable'],
		['DEPTH_ZERO_SELF_SIGNED_CERT', 'abort', 'credential-invalid'],
		['ERR_TLS_CERT_ALTNAME_INVALID', 'abort', 'credential-invalid'],
		['CERT_REVOKED', 'abort', 'credential-invalid'],
		['ERR_SSL_WRONG_VERSION_NUMBER', 'abort', 'credential-invalid'],
		['ESOMETHING', 'retry', 'temporarily-unavailable'],
	] as const)('%s is to %s', (code, recovery, failure) => {
		const error = connectionError(systemError(code, 'hunter2 said no'), 'connect', place);
		expect(error).toMatchObject({ code, recovery, failure });
		expect(error.message).toContain(place.endpoint);
		expect(error.advice).not.toBe('');
		expect(error.message).not.toContain('hunter2');
	});

	it('reads the code of a host with several addresses', () => {
		const error = new AggregateError(
			[systemError('ECONNREFUSED', 'one'), systemError('EHOSTUNREACH', 'two')],
			'',
		);
		expect(connectionError(error, 'connect', place).code).toBe('ECONNREFUSED');
	});

	it('hides secrets wherever they stand', () => {
		expect(failed(80, 'you sent hunter2, hunter2!').message).not.toContain('hunter2');
		expect(redact('a hunter2 b', ['', 'hunter2'])).toBe('a [hidden] b');
	});
});
