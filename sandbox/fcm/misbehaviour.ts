import type { Http2Session } from 'node:http2';
import { constants, Http2ServerResponse } from 'node:http2';

import { html, JSON_TYPE, reply } from './answers.ts';
import type { Response } from './exchange.types.ts';
import type { Misbehaviour } from './faults.ts';

/** Sessions that said GOAWAY → the last stream they still process. */
const lastStreamOf = new WeakMap<Http2Session, number>();

export function misbehave(response: Response, fault: Misbehaviour): void {
	switch (fault.kind) {
		case 'hang':
			return;
		case 'html502':
			return html(response, 502, 'Error 502 (Server Error)');
		case 'truncated':
			return reply(response, 200, '{"name": "projects/');
		case 'cut':
			return cutShort(response);
		case 'reset':
			return breakOff(response);
		case 'goaway':
			return goAway(response);
	}
}

/** True when a GOAWAY told the client that this request was not and will not be processed. */
export function isDiscarded(response: Response): boolean {
	const stream = response instanceof Http2ServerResponse ? response.stream : undefined;
	const last = stream?.session ? lastStreamOf.get(stream.session) : undefined;
	return last !== undefined && stream?.id !== undefined && stream.id > last;
}

function cutShort(response: Response): void {
	response.setHeader('content-type', JSON_TYPE);
	response.setHeader('content-length', 100);
	const half = '{"name": "projects/';
	if (response instanceof Http2ServerResponse) response.write(half, 'utf8', () => breakOff(response));
	else response.write(half, 'utf8', () => breakOff(response));
}

function breakOff(response: Response): void {
	if (response instanceof Http2ServerResponse) response.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
	else response.destroy();
}

/**
 * GOAWAY that counts this stream as not processed, and REFUSED_STREAM (RFC 9113 §8.7) on the stream itself, because node:http2
 * cannot name "no stream at all" when this is the first: either way the client may send again without fear of a duplicate.
 */
function goAway(response: Response): void {
	const stream = response instanceof Http2ServerResponse ? response.stream : undefined;
	if (!stream?.session || stream.id === undefined) {
		response.destroy();
		return;
	}
	const last = stream.id - 2;
	lastStreamOf.set(stream.session, last);
	stream.session.goaway(constants.NGHTTP2_NO_ERROR, Math.max(last, 0));
	stream.close(constants.NGHTTP2_REFUSED_STREAM);
}
