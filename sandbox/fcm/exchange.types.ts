import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';

/** A request and its answer over either protocol; node:http2 hands out the HTTP/1.1 classes for HTTP/1.1 clients. */
export type Request = Http2ServerRequest | IncomingMessage;
export type Response = Http2ServerResponse | ServerResponse;
