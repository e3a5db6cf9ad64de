import { DomainError } from '../../domain.errors';
import type { OtdsJson, OtdsSettings } from './otds.types';
import { jsonOf, refusalOf, refusedError, said } from './otdsErrors';
import type { OtdsPlace } from './otdsErrors';
import type { OtdsAnswer, OtdsHttp } from './otdsHttp';
import { isFields } from './otdsObject';

/** What one login gave: sent with every request. */
export interface OtdsSession {
	headers: Readonly<Record<string, string>>;
}

/** So long a refused login is not tried again: a run over thousands of items would lock the account. */
const REFUSAL_KEPT_MS = 60_000;

/** The newest ones, for requests under way with a login that was renewed meanwhile. */
const TICKETS_HIDDEN = 10;

const ACTION = 'log in';

/** One login for all requests of a connection, renewed when it has expired. */
export class OtdsLoginSession {
	readonly #settings: OtdsSettings;
	readonly #http: OtdsHttp;
	readonly #place: OtdsPlace;
	readonly #secrets: Set<string>;
	readonly #issued: string[] = [];
	#session: Promise<OtdsSession> | undefined;
	#refused: { error: DomainError; until: number } | undefined;

	/** `secrets`: what must not be shown; tickets are added to it. */
	constructor(settings: OtdsSettings, http: OtdsHttp, place: OtdsPlace, secrets: Set<string>) {
		this.#settings = settings;
		this.#http = http;
		this.#place = place;
		this.#secrets = secrets;
	}

	/** Concurrent requests wait for the same login. */
	async current(): Promise<OtdsSession> {
		if (this.#refused !== undefined && Date.now() < this.#refused.until) throw this.#refused.error;
		const session = (this.#session ??= this.#logIn());
		try {
			return await session;
		} catch (error) {
			if (this.#session === session) this.#session = undefined;
			if (error instanceof DomainError && error.failure === 'credential-invalid')
				this.#refused = { error, until: Date.now() + REFUSAL_KEPT_MS };
			throw error;
		}
	}

	/** A session other than the expired one; whoever comes second gets what the first one fetched. */
	async renewed(expired: OtdsSession): Promise<OtdsSession> {
		const session = await this.current();
		if (session !== expired) return session;
		this.#session = undefined;
		return await this.current();
	}

	#logIn(): Promise<OtdsSession> {
		const { login } = this.#settings;
		return login.method === 'oauth2' ? this.#byOAuth2(login) : this.#byTicket(login);
	}

	/** RFC 6749 §4.4. The secret goes into the body, as OpenText's own client sends it: Basic would have to guess how it is decoded. */
	async #byOAuth2({
		clientId,
		clientSecret,
	}: Extract<OtdsSettings['login'], { method: 'oauth2' }>): Promise<OtdsSession> {
		const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
		const answer = await this.#http.request({
			method: 'POST',
			url: new URL(`${this.#settings.baseUrl}/oauth2/token`),
			headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
			body: new URLSearchParams(form).toString(),
			action: ACTION,
		});
		if (answer.status !== 200)
			throw this.#refusal(
				answer,
				'Check the client ID and the client secret. The client must be confidential and allow the grant "client credentials".',
			);
		const json = jsonOf(answer, ACTION, this.#place);
		const token = isFields(json) ? json.access_token : undefined;
		if (typeof token !== 'string' || !isSendable(token)) throw this.#unusable('no access token');
		this.#keepSecret(token);
		return { headers: { authorization: `Bearer ${token}` } };
	}

	async #byTicket({
		userName,
		password,
	}: Extract<OtdsSettings['login'], { method: 'ticket' }>): Promise<OtdsSession> {
		const answer = await this.#http.request({
			method: 'POST',
			url: new URL(`${this.#settings.baseUrl}/rest/authentication/credentials`),
			headers: { 'content-type': 'application/json', accept: 'application/json' },
			body: JSON.stringify({ userName, password }),
			action: ACTION,
		});
		if (answer.status !== 200)
			throw this.#refusal(
				answer,
				'Check the user name, with its partition ("user@partition"), and the password.',
			);
		const json = jsonOf(answer, ACTION, this.#place);
		if (!isFields(json)) throw this.#unusable('no ticket');
		this.#checkOutcome(json, answer.status);
		const { ticket } = json;
		if (typeof ticket !== 'string' || !isSendable(ticket)) throw this.#unusable('no ticket');
		this.#keepSecret(ticket);
		return { headers: { cookie: `OTDSTicket=${ticket}`, OTDSTicket: ticket } };
	}

	/** A refused login can be answered with 200: what it says counts, not the status. */
	#checkOutcome({ failureReason, continuation }: Record<string, OtdsJson>, status: number): void {
		if (continuation === true)
			throw this.#invalid(
				'OTDS asks for a second step at login (two-factor authentication, or a new password)',
				'Use an OAuth client, or a service user that logs in without two-factor authentication and whose password has not expired.',
				status,
			);
		if (typeof failureReason === 'string' && failureReason !== '')
			throw this.#invalid(
				`OTDS refused the login: ${failureReason.slice(0, 300)}`,
				'Check the user name, with its partition ("user@partition"), and the password. Look in OTDS whether the account is locked, disabled or its password expired.',
				status,
			);
	}

	/** Unless the server is broken, busy or elsewhere, what it refuses is the login: whoever tries again may lock the account. */
	#refusal(answer: OtdsAnswer, advice: string): DomainError {
		const error = refusedError(answer, ACTION, this.#place);
		if (![400, 401, 403].includes(answer.status)) return error;
		const { words } = refusalOf(answer);
		const message = `OTDS refused the login (HTTP ${answer.status})${words && `: ${words}`}`;
		return this.#invalid(message, advice, answer.status);
	}

	/** A watcher may log in every hour for years: what expired long ago opens nothing and comes back in no answer. */
	#keepSecret(ticket: string): void {
		this.#secrets.add(ticket);
		this.#issued.push(ticket);
		const oldest = this.#issued.length > TICKETS_HIDDEN ? this.#issued.shift() : undefined;
		if (oldest !== undefined && !this.#issued.includes(oldest)) this.#secrets.delete(oldest);
	}

	/** A number marks what the server heard and refused: a watcher then waits an hour, so that it locks no account. */
	#invalid(message: string, advice: string, status: number): DomainError {
		return said(this.#place, message, {
			advice,
			recovery: 'abort',
			failure: 'credential-invalid',
			code: String(status),
		});
	}

	#unusable(what: string): DomainError {
		return said(this.#place, `OTDS accepted the login and gave ${what} that could be sent`, {
			advice: 'Check that the base URL is that of OTDS itself, e.g. https://host/otdsws.',
			recovery: 'abort',
			failure: 'configuration-invalid',
		});
	}
}

/** As a header and a cookie value: nothing that could start another one. */
const isSendable = (ticket: string): boolean => /^[\x21-\x3a\x3c-\x7e]+$/.test(ticket);
