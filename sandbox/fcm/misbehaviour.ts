import type { Http2ServerResponse, Http2Session } from 'node:http2';
import { constants } from 'node:http2';

import { html, JSON_TYPE, reply } from './answers.ts';
import type { Misbehaviour } from './faults.ts';

/** Sessions that said GOAWAY → the last stream they still process. */
const lastStreamOf = new WeakMap<Http2Session, number>();

export function misbehave(response: Http2ServerResponse, fault: Misbehaviour): void {
	switch (fault.kind) {
		case 'hang':
			return;
		case 'html502':
			return html(response, 502, 'Error 502 (Server Error)');
		case 'truncated':
			return reply(response, 200, '{"name": "projects/');
		case 'cut':
			response.writeHead(200, { 'content-type': JSON_TYPE, 'content-length': '100' });
			response.write('{"name": "projects/', () => breakOff(response));
			return;
		case 'reset':
			return breakOff(response);
		case 'goaway':
			return goAway(response);
	}
}

/** True when a GOAWAY told the client that this request was not and will not be processed. */
export function isDiscarded(response: Http2ServerResponse): boolean {
	const stream = isHttp2(response) ? response.stream : undefined;
	const last = stream?.session ? lastStreamOf.get(stream.session) : undefined;
	return last !== undefined && stream?.id !== undefined && stream.id > last;
}

function breakOff(response: Http2ServerResponse): void {
	if (isHttp2(response)) response.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
	else response.destroy();
}

/** The last stream that counts is the one before this: the client may send this request again without fear of a duplicate. */
function goAway(response: Http2ServerResponse): void {
	const stream = isHttp2(response) ? response.stream : undefined;
	if (!stream?.session || stream.id === undefined) {
		response.destroy();
		return;
	}
	const last = stream.id - 2;
	lastStreamOf.set(stream.session, last);
	stream.session.goaway(constants.NGHTTP2_NO_ERROR, last);
}

/** Over HTTP/1.1 node:http2 hands out a plain ServerResponse, which has no stream. */
const isHttp2 = (response: Http2ServerResponse): boolean => Boolean(response.stream);
