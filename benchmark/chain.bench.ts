import { createSign } from 'node:crypto';
import { request } from 'node:https';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { Client } from 'ldapts';

import { measureChangeToPush } from '../sandbox/demo/measure.ts';
import type { Sandbox } from '../sandbox/demo/sandbox.ts';
import { startSandbox } from '../sandbox/demo/sandbox.ts';
import { Teardown } from '../sandbox/demo/teardown.ts';
import type { FcmEmulator } from '../sandbox/fcm/fcmEmulator.ts';
import type { Benchmark, BenchmarkRow } from './benchmark.types.ts';
import { row } from './benchmark.types.ts';

const CHANGES = 50;
/** The trigger's default: most of the time to a push is waiting for the next look. */
const POLL_MS = 2000;

/**
 * From a change in the directory to the push that FCM accepted: a published onboarding workflow in a real n8n, beside a script of
 * the same poll interval that does just this and keeps no promise.
 */
export const chain: Benchmark = {
	name: 'chain',
	async run(tell): Promise<BenchmarkRow[]> {
		const teardown = new Teardown();
		try {
			const sandbox = await startSandbox({
				projectRoot: join(import.meta.dirname, '..'),
				directory: 'openldap',
				inboxPort: 0,
				n8nPort: 0,
				teardown,
				tell,
			});
			tell(`${CHANGES} changes through n8n …`);
			const ours = await measureChangeToPush(sandbox, CHANGES);
			await sandbox.n8n.stop();
			tell(`${CHANGES} changes through a bare script …`);
			const stop = new AbortController();
			const script = pollAndPush(sandbox, stop.signal);
			const reference = await measureChangeToPush(sandbox, CHANGES, 'reference');
			stop.abort();
			await script;
			const shared = { unit: 'ms', referenceName: `script, polls every ${POLL_MS / 1000} s` };
			return [
				row({
					...shared,
					name: `change to push, p50 of ${CHANGES}`,
					ours: ours.p50Ms,
					reference: reference.p50Ms,
					goal: 1.5,
				}),
				row({
					...shared,
					name: `change to push, p95 of ${CHANGES}`,
					ours: ours.p95Ms,
					reference: reference.p95Ms,
					goal: 1.5,
				}),
			];
		} finally {
			await teardown.run();
		}
	},
};

/** What somebody would write in an afternoon: remembers the last createTimestamp, pushes to every new person's devices. */
async function pollAndPush({ directory, slapd, fcm }: Sandbox, signal: AbortSignal): Promise<void> {
	if (slapd === undefined) throw new Error('the script reads OpenLDAP');
	const client = new Client({ url: slapd.url });
	await client.bind(slapd.watcherDn, slapd.watcherPassword);
	const accessToken = await logIn(fcm);
	const known = new Set((await directory.people()).map(({ uid }) => uid));
	while (!signal.aborted) {
		const { searchEntries } = await client.search(slapd.baseDn, {
			filter: '(objectClass=inetOrgPerson)',
			attributes: ['uid'],
		});
		for (const { uid, dn } of searchEntries) {
			if (typeof uid !== 'string' || known.has(uid)) continue;
			known.add(uid);
			const { searchEntries: devices } = await client.search(`ou=devices,${slapd.baseDn}`, {
				filter: `(owner=${dn})`,
				attributes: ['description'],
			});
			for (const { description } of devices) {
				const { token } = JSON.parse(String(description)) as { token: string };
				await send(fcm, accessToken, { token, notification: { title: 'Welcome', body: 'Hello' } });
			}
		}
		await pause(POLL_MS, undefined, { signal }).catch(() => undefined);
	}
	await client.unbind();
}

async function logIn(fcm: FcmEmulator): Promise<string> {
	const { client_email, private_key } = fcm.serviceAccount();
	const now = Math.floor(Date.now() / 1000);
	const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
	const input = `${part({ alg: 'RS256', typ: 'JWT' })}.${part({
		iss: client_email,
		scope: 'https://www.googleapis.com/auth/firebase.messaging',
		aud: fcm.tokenUrl,
		iat: now,
		exp: now + 3600,
	})}`;
	const assertion = `${input}.${createSign('RSA-SHA256').update(input).sign(private_key, 'base64url')}`;
	const grant = new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion });
	const answer = await post(fcm, fcm.tokenUrl, grant.toString(), {
		'content-type': 'application/x-www-form-urlencoded',
	});
	return (JSON.parse(answer) as { access_token: string }).access_token;
}

async function send(fcm: FcmEmulator, accessToken: string, message: object): Promise<void> {
	await post(fcm, `${fcm.endpoint}/v1/projects/${fcm.projectId}/messages:send`, JSON.stringify({ message }), {
		'content-type': 'application/json',
		authorization: `Bearer ${accessToken}`,
	});
}

function post(fcm: FcmEmulator, url: string, body: string, headers: Record<string, string>): Promise<string> {
	return new Promise((resolve, reject) => {
		const outgoing = request(url, { method: 'POST', ca: fcm.caPem, headers }, (response) => {
			let text = '';
			response.setEncoding('utf8');
			response.on('data', (part: string) => (text += part));
			response.on('end', () =>
				response.statusCode === 200
					? resolve(text)
					: reject(new Error(`${url} answered ${response.statusCode}: ${text}`)),
			);
		});
		outgoing.on('error', reject);
		outgoing.end(body);
	});
}
