/** An answer that is no success: `message` says why, `body` is what the server answers, `{"status","error","errorDetails"}`. */
export class Refusal extends Error {
	readonly httpStatus: number;
	readonly body: string;
	readonly headers: Record<string, string>;

	constructor(httpStatus: number, reason: string, body: object, headers: Record<string, string> = {}) {
		super(reason);
		this.httpStatus = httpStatus;
		this.body = JSON.stringify(body);
		this.headers = headers;
	}
}

/** Only 1034 is a documented code: everywhere else the code repeats the HTTP status, which is inferred. */
const refusal = (httpStatus: number, error: string, code = httpStatus): Refusal =>
	new Refusal(httpStatus, error, { status: code, error, errorDetails: null });

export const badRequest = (error: string): Refusal => refusal(400, error);
export const expiredTicket = (): Refusal => refusal(400, 'Expired OTDS SSO ticket', 1034);
export const unauthenticated = (error = 'Authentication is required'): Refusal => refusal(401, error);
export const forbidden = (partition: string): Refusal =>
	refusal(403, `The login does not administer ${partition}`);
export const notFound = (what: string): Refusal => refusal(404, `${what} was not found`);
export const methodNotAllowed = (method: string): Refusal => refusal(405, `${method} is not allowed here`);
export const conflict = (error: string): Refusal => refusal(409, error);
export const bodyTooLarge = (): Refusal => refusal(413, 'The request is too large');
export const unsupportedMediaType = (): Refusal => refusal(415, 'The body has to be application/json');

/** RFC 6749 §5.2 */
export function oauthRefusal(error: string, description: string): Refusal {
	const unknownClient = error === 'invalid_client';
	return new Refusal(
		unknownClient ? 401 : 400,
		description,
		{ error, error_description: description },
		{ 'cache-control': 'no-store', ...(unknownClient ? { 'www-authenticate': 'Basic realm="otds"' } : {}) },
	);
}
