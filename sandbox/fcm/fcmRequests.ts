import type { Http2Session } from 'node:http2';
import { Http2ServerRequest } from 'node:http2';

import { html, pause, reply } from './answers.ts';
import { DeviceRegistry } from './deviceRegistry.ts';
import type { Request, Response } from './exchange.types.ts';
import { FaultPlan } from './faults.ts';
import type { FcmBehaviour, FcmStats } from './fcmEmulator.types.ts';
import type { GoogleRefusal } from './google.errors.ts';
import {
	errorBody,
	insufficientScope,
	projectDenied,
	quotaExceeded,
	refusalCode,
	unauthenticated,
	unavailable,
} from './google.errors.ts';
import { MessageLog } from './messageLog.ts';
import { isDiscarded, misbehave } from './misbehaviour.ts';
import { OauthTokenEndpoint } from './oauthToken.endpoint.ts';
import { QuotaWindow } from './quotaWindow.ts';
import { readBody } from './requestBody.ts';
import type { SendOutcome } from './send.endpoint.ts';
import { judgeSend } from './send.endpoint.ts';

/** Larger bodies are cut off unread. */
const LARGEST_BODY = 512 * 1024;

/** Routes, authenticates and answers what arrives at the emulator's port. */
export class FcmRequests {
	readonly devices = new DeviceRegistry();
	readonly log: MessageLog;
	readonly #projectId: string;
	readonly #behaviour: FcmBehaviour;
	readonly #faults = new FaultPlan();
	readonly #quota = new QuotaWindow();
	readonly #requestsOf = new WeakMap<Http2Session, number>();
	#oauth: OauthTokenEndpoint | undefined;
	readonly #counts: Omit<FcmStats, 'accessTokensIssued'> = {
		requests: 0,
		accepted: 0,
		validated: 0,
		refused: {},
		faults: {},
		overHttp1: 0,
		overHttp2: 0,
		sessions: 0,
		tokenRequests: 0,
		inFlight: 0,
		mostInFlight: 0,
	};

	/** @param behaviour read at each request, so that changes take effect at once */
	constructor(projectId: string, behaviour: FcmBehaviour, keepMessages: number) {
		this.#projectId = projectId;
		this.#behaviour = behaviour;
		this.log = new MessageLog(keepMessages);
	}

	/** @param tokenUrl known only once the port is */
	serveTokens(tokenUrl: string): OauthTokenEndpoint {
		this.#oauth = new OauthTokenEndpoint(tokenUrl);
		return this.#oauth;
	}

	stats(): FcmStats {
		const { refused, faults } = this.#counts;
		return {
			...this.#counts,
			refused: { ...refused },
			faults: { ...faults },
			accessTokensIssued: this.#oauth?.issued ?? 0,
		};
	}

	countSession(): void {
		this.#counts.sessions++;
	}

	handle(request: Request, response: Response): void {
		const counts = this.#counts;
		counts.inFlight++;
		counts.mostInFlight = Math.max(counts.mostInFlight, counts.inFlight);
		response.once('close', () => counts.inFlight--);
		this.#answer(request, response).catch((error: unknown) =>
			response.destroy(error instanceof Error ? error : undefined),
		);
	}

	async #answer(request: Request, response: Response): Promise<void> {
		if (this.#wearOut(request)) return;
		const body = await readBody(request, LARGEST_BODY);
		if ('problem' in body) {
			if (body.problem === 'tooLarge') html(response, 413, 'Error 413 (Request Entity Too Large)');
			return;
		}
		const { pathname } = new URL(request.url ?? '/', 'https://fcm.example');
		if (pathname === '/token') return this.#answerToken(request, response, body.text);
		const project = /^\/v1\/projects\/([^/]+)\/messages:send$/.exec(pathname)?.[1];
		if (project === undefined) return html(response, 404, 'Error 404 (Not Found)');
		if (request.method !== 'POST') return html(response, 405, 'Error 405 (Method Not Allowed)');
		await this.#answerSend(request, response, decodeURIComponent(project), body.text);
	}

	#answerToken(request: Request, response: Response, body: string): void {
		this.#counts.tokenRequests++;
		if (request.method !== 'POST') return html(response, 405, 'Error 405 (Method Not Allowed)');
		if (this.#behaviour.outage === 'everything' || !this.#oauth)
			return html(response, 503, 'Error 503 (Service Unavailable)');
		const { httpStatus, body: answer } = this.#oauth.answer(body, this.#behaviour.accessTokenLifetimeSeconds);
		reply(response, httpStatus, JSON.stringify(answer));
	}

	async #answerSend(request: Request, response: Response, project: string, body: string): Promise<void> {
		this.#counts.requests++;
		if (request.httpVersionMajor === 2) this.#counts.overHttp2++;
		else this.#counts.overHttp1++;
		const { latencyMs } = this.#behaviour;
		// Who hung up before the service read the request has sent nothing.
		if (latencyMs > 0 && (await pause(latencyMs, response)) === 'hungUp') return;
		const refusal = this.#refusalBeforeReading(request.headers.authorization, project);
		if (refusal) return this.#refuse(response, refusal);
		if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
			return html(response, 415, 'Error 415 (Unsupported Media Type)');
		}
		await this.#settle(judgeSend(body, project, this.devices, this.#faults), response);
	}

	#refusalBeforeReading(authorization: string | undefined, project: string): GoogleRefusal | undefined {
		const { outage, retryAfterSeconds, quotaPerMinute } = this.#behaviour;
		if (outage !== 'none') return unavailable(retryAfterSeconds);
		const accessToken = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1];
		if (accessToken === undefined) return unauthenticated('CREDENTIALS_MISSING');
		const allowed = this.#oauth?.check(accessToken) ?? 'unknown';
		if (allowed === 'unknown') return unauthenticated('ACCESS_TOKEN_EXPIRED');
		if (allowed === 'maySendNothing') return insufficientScope();
		if (project !== this.#projectId) return projectDenied(project);
		return this.#quota.take(quotaPerMinute) ? undefined : quotaExceeded(retryAfterSeconds);
	}

	async #settle(outcome: SendOutcome, response: Response): Promise<void> {
		if (outcome.kind === 'refused') return this.#refuse(response, outcome.refusal);
		if (outcome.kind === 'fault') {
			tally(this.#counts.faults, outcome.fault.kind);
			if (outcome.fault.kind !== 'delay') return misbehave(response, outcome.fault);
			await pause(outcome.fault.milliseconds, response);
			return this.#settle(outcome.otherwise, response);
		}
		if (isDiscarded(response)) return;
		const { validateOnly, name, message, wire, device } = outcome;
		if (validateOnly) this.#counts.validated++;
		else {
			this.#counts.accepted++;
			this.log.add({ name, message, wire, device });
		}
		if (this.#behaviour.answerDelayMs > 0) await pause(this.#behaviour.answerDelayMs, response);
		reply(response, 200, JSON.stringify({ name }));
	}

	#refuse(response: Response, refusal: GoogleRefusal): void {
		tally(this.#counts.refused, refusalCode(refusal));
		reply(response, refusal.httpStatus, JSON.stringify(errorBody(refusal)), refusal.headers);
	}

	/** True when the session was destroyed under this request. */
	#wearOut(request: Request): boolean {
		const { goawayEvery, resetEvery } = this.#behaviour;
		if (!(request instanceof Http2ServerRequest) || (goawayEvery === 0 && resetEvery === 0)) return false;
		const session = request.stream.session;
		if (!session) return true;
		const requests = (this.#requestsOf.get(session) ?? 0) + 1;
		this.#requestsOf.set(session, requests);
		if (requests === goawayEvery) session.close();
		if (requests !== resetEvery) return false;
		session.destroy();
		return true;
	}
}

function tally(counts: Record<string, number>, name: string): void {
	counts[name] = (counts[name] ?? 0) + 1;
}
