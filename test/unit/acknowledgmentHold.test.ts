import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { holdResponse } from '../../lib/n8n/acknowledgmentHold';
import type { RunAnswer, WebhookResponse } from '../../lib/n8n/acknowledgmentHold';

const reply = (body: string) => ({ statusCode: 203, headers: { 'Content-Type': 'text/plain' }, body });
const answersOf: RunAnswer[] = [];

/** Serves one request whose response is held; `n8n` does to it what n8n would. */
async function exchange(n8n: (response: WebhookResponse) => void, limitMs = 60_000): Promise<string> {
	const server = createServer((_, raw) => {
		const response = Object.assign(raw, { json: () => undefined, send: () => undefined });
		holdResponse(
			response,
			(answer) => {
				answersOf.push(answer);
				return reply('from the run');
			},
			{ timedOut: () => reply('too late'), limitMs },
		);
		n8n(response);
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	try {
		const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
		return `${response.status} ${await response.text()}`;
	} finally {
		server.closeAllConnections();
		server.close();
	}
}

describe('a held response', () => {
	beforeEach(() => answersOf.splice(0));

	it.each<[string, (response: WebhookResponse) => void, unknown]>([
		['json', (response) => response.json({ a: 1 }), { a: 1 }],
		['send', (response) => response.send('text'), 'text'],
		['end', (response) => response.end('bytes'), undefined],
		['a bare end', (response) => response.end(), undefined],
	])('turns %s into our reply, once', async (_, n8n, body) => {
		const twice = (response: WebhookResponse) => {
			n8n(response);
			response.json({ second: true });
			response.end();
		};
		expect(await exchange(twice)).toBe('203 from the run');
		expect(answersOf).toEqual([{ statusCode: 200, body }]);
	});

	it('lets no byte of a stream through', async () => {
		const stream = (response: WebhookResponse) => {
			response.write('<h1>Recorded</h1>');
			response.end();
		};
		expect(await exchange(stream)).toBe('203 from the run');
	});

	it('breaks off an answer that someone else has begun', async () => {
		const begun = (response: WebhookResponse) => {
			response.flushHeaders();
			response.json({ acknowledgment: {} });
		};
		await expect(exchange(begun)).rejects.toThrow(/terminated|fetch failed/);
	});

	it('answers by itself when the run takes too long, and ignores what comes later', async () => {
		let held: WebhookResponse | undefined;
		expect(await exchange((response) => (held = response), 1)).toBe('203 too late');
		// n8n sets headers first; a throw here would fill its log with errors that are none.
		held?.setHeader('Content-Security-Policy', 'sandbox');
		held?.json({ late: true });
		held?.end();
		expect(answersOf).toEqual([]);
	});
});
