import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { issueLoopbackCertificate } from '../fcm/loopbackCertificate.ts';
import { AccountLogin } from './account.routes.ts';
import { CONSOLE_PATH, OtdsConsole } from './console/console.server.ts';
import type { Server } from './exchange.types.ts';
import { LoopbackListener } from './loopbackListener.ts';
import type { OauthClient } from './logins.ts';
import { Logins } from './logins.ts';
import { modelOf } from './model.ts';
import { OtdsFaults } from './otdsFaults.ts';
import { OtdsRequests } from './otdsRequests.ts';
import type { OtdsSimulator, OtdsSimulatorOptions } from './otdsSimulator.types.ts';
import { OtdsStore } from './otdsStore.ts';
import { Paging } from './paging.ts';

export type * from './otdsSimulator.types.ts';

/**
 * OpenText Directory Services' REST interface on the loopback interface, in memory: as its public documents and its official Python
 * library show it, and as strict. What they do not show is marked as inferred where it is made up.
 */
export async function startOtdsSimulator(options: OtdsSimulatorOptions = {}): Promise<OtdsSimulator> {
	const { port = 0, tenant, pageSizeLimit = 1000, tls = false, singleValuedExtras = false } = options;
	const server = emptyServer(pageSizeLimit, singleValuedExtras);
	const admin = { userName: 'otadmin@otds.admin', password: randomBytes(12).toString('base64url') };
	const accounts = new AccountLogin(server, admin);
	const faults = new OtdsFaults();
	const basePath = tenant === undefined ? '/otdsws' : `/otdstenant/${encodeURIComponent(tenant)}/otdsws`;
	const requests = new OtdsRequests(basePath, server, accounts, faults);
	const page = new OtdsConsole(server.store, requests);
	const certificate = tls ? await issueLoopbackCertificate() : undefined;
	const listener = new LoopbackListener({
		port,
		tls: certificate,
		onRequest: (request, response) =>
			answer(request, response, request.url?.startsWith(CONSOLE_PATH) ? page : requests),
	});
	await listener.open();
	const origin = `${tls ? 'https' : 'http'}://127.0.0.1:${listener.port}`;

	return {
		baseUrl: `${origin}${basePath}`,
		consoleUrl: `${origin}${CONSOLE_PATH}`,
		caPem: certificate?.caPem,
		oauth: newClient(server.logins, 'everything'),
		admin,
		addClient: (partitions) => newClient(server.logins, partitions),
		letAdminister: (userUuid, partitions) => accounts.administrations.set(userUuid, partitions),
		...modelOf(server.store),
		requests: () => requests.all(),
		resetRequests: () => requests.reset(),
		...misbehaviourOf(faults, server.logins, accounts),
		kill: () => listener.close(),
		async restart() {
			await listener.close();
			server.logins.forgetAll();
			server.paging.forgetAll();
			await listener.open();
		},
		stop: () => listener.close(),
	};
}

function misbehaviourOf(
	faults: OtdsFaults,
	logins: Logins,
	accounts: AccountLogin,
): Pick<OtdsSimulator, 'misbehave' | 'behave'> {
	return {
		misbehave(wanted) {
			faults.set(wanted);
			if (wanted.expireTickets) logins.expireAll();
			accounts.failedLogins = wanted.failedLogins ?? accounts.failedLogins;
			accounts.secondFactor = wanted.secondFactor ?? accounts.secondFactor;
		},
		behave() {
			faults.clear();
			accounts.failedLogins = 'status';
			accounts.secondFactor = false;
		},
	};
}

function emptyServer(pageSizeLimit: number, singleValuedExtras: boolean): Server {
	const store = new OtdsStore({ singleValuedExtras });
	store.addPartition('Staff', false, 'People who are kept here');
	store.addPartition('AD Mirror', true, 'People who come from Active Directory');
	// Where the server keeps the roles of applications.
	store.addPartition('OAuthClients', false, '', false);
	return { store, logins: new Logins(), paging: new Paging(pageSizeLimit) };
}

function newClient(logins: Logins, partitions: 'everything' | readonly string[]): OauthClient {
	const client = {
		clientId: `directory-push-${randomUUID().slice(0, 8)}`,
		clientSecret: randomBytes(24).toString('base64url'),
	};
	logins.addClient(client, partitions);
	return client;
}

function answer(
	request: IncomingMessage,
	response: ServerResponse,
	answering: OtdsRequests | OtdsConsole,
): void {
	answering
		.handle(request, response)
		.catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
}
