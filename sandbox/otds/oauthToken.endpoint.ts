import type { Answer } from './exchange.types.ts';
import { ok } from './exchange.types.ts';
import type { Logins, OauthClient } from './logins.ts';
import { TOKEN_LIFETIME_SECONDS } from './logins.ts';
import { oauthRefusal } from './otds.errors.ts';

/** POST /otdsws/oauth2/token: client credentials only, by Basic or in the body (RFC 6749 §2.3.1 and §4.4). */
export function answerToken(
	logins: Logins,
	contentType: string | undefined,
	authorization: string | undefined,
	body: string,
): Answer {
	if (!/^application\/x-www-form-urlencoded\b/i.test(contentType ?? ''))
		throw oauthRefusal('invalid_request', 'The body has to be a form');
	const form = new URLSearchParams(body);
	const grantType = form.get('grant_type');
	if (grantType === null) throw oauthRefusal('invalid_request', 'grant_type is missing');
	if (grantType !== 'client_credentials')
		throw oauthRefusal('unsupported_grant_type', `Grant type ${grantType} is not supported`);
	const { clientId, clientSecret } = clientOf(authorization, form);
	const login = logins.client(clientId, clientSecret);
	if (!login) throw oauthRefusal('invalid_client', 'Client authentication failed');
	return ok({
		access_token: logins.issue(login, 'token'),
		token_type: 'Bearer',
		expires_in: TOKEN_LIFETIME_SECONDS,
	});
}

function clientOf(authorization: string | undefined, form: URLSearchParams): OauthClient {
	const basic = /^Basic\s+(\S+)$/i.exec(authorization ?? '')?.[1];
	if (basic === undefined)
		return { clientId: form.get('client_id') ?? '', clientSecret: form.get('client_secret') ?? '' };
	const [clientId = '', ...secret] = Buffer.from(basic, 'base64').toString().split(':');
	return { clientId: formDecoded(clientId), clientSecret: formDecoded(secret.join(':')) };
}

/** RFC 6749 §2.3.1 has both parts form-encoded before they are joined. */
const formDecoded = (text: string): string =>
	new URLSearchParams(`v=${text.replaceAll('&', '%26')}`).get('v') ?? '';
