import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';

import { BerWriter } from 'ldapts';

import { BerCursor, Tag } from '../../lib/directory/ldap/ber.cursor';
import { LdapFraming } from '../../lib/directory/ldap/ldapFraming';
import type { LdapSettings } from '../../lib/directory/ldap/ldap.types';
import { PAGED_RESULTS } from '../../lib/directory/ldap/ldapControls';

/** One request as it came over the wire. */
export interface ScriptedRequest {
	id: number;
	/** `bind`, `search`, …, or the tag in hex. */
	operation: string;
	/** Of a search. */
	base: string;
	/** Names asked for by a search. */
	attributes: string[];
	/** Value of the paged-results control. */
	pageCookie?: Buffer;
	/** Of a simple bind. */
	login?: { dn: string; password: string };
}

export interface ScriptedLdap {
	url: string;
	requests: ScriptedRequest[];
	sockets: Set<Socket>;
	stop(): Promise<void>;
}

/** What the script does with a request; true = it took care of it, else the server answers as a small directory would. */
export type Script = (request: ScriptedRequest, socket: Socket) => boolean;

const OPERATIONS = new Map([
	[0x60, 'bind'],
	[0x42, 'unbind'],
	[0x63, 'search'],
	[0x66, 'modify'],
	[0x68, 'add'],
	[0x4a, 'delete'],
	[0x50, 'abandon'],
	[0x77, 'extended'],
]);

/** A TCP server that speaks just enough LDAP for what a real server cannot be made to do. */
export async function startScriptedLdap(script: Script): Promise<ScriptedLdap> {
	const requests: ScriptedRequest[] = [];
	const sockets = new Set<Socket>();
	const server = createServer((socket) => {
		const framing = new LdapFraming();
		sockets.add(socket);
		socket.setNoDelay(true);
		socket.on('close', () => sockets.delete(socket));
		socket.on('error', () => socket.destroy());
		socket.on('data', (chunk: Buffer) => {
			for (const bytes of framing.push(chunk)) {
				const request = readRequest(bytes);
				requests.push(request);
				if (!script(request, socket)) answerPlainly(request, socket);
			}
		});
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const address = server.address();
	const port = address !== null && typeof address === 'object' ? address.port : 0;
	return {
		url: `ldap://127.0.0.1:${port}`,
		requests,
		sockets,
		async stop() {
			for (const socket of sockets) socket.destroy();
			server.close();
			await once(server, 'close');
		},
	};
}

function readRequest(bytes: Buffer): ScriptedRequest {
	const message = new BerCursor(bytes).enter();
	const id = message.integer();
	const tag = message.next ?? 0;
	const request: ScriptedRequest = {
		id,
		operation: OPERATIONS.get(tag) ?? tag.toString(16),
		base: '',
		attributes: [],
	};
	if (tag === 0x60) {
		const bind = message.enter(tag);
		bind.skip();
		request.login = { dn: bind.text(), password: bind.text(0x80) };
	} else if (tag === 0x63) {
		const search = message.enter(tag);
		request.base = search.text();
		for (let index = 0; index < 6; index++) search.skip();
		for (const names = search.enter(); !names.done;) request.attributes.push(names.text());
	} else message.skip();
	if (message.next !== Tag.controls) return request;
	for (const controls = message.enter(Tag.controls); !controls.done;) {
		const control = controls.enter();
		if (control.text() !== PAGED_RESULTS) continue;
		control.skip();
		const value = new BerCursor(control.octets()).enter();
		value.skip();
		request.pageCookie = value.octets();
	}
	return request;
}

function answerPlainly(request: ScriptedRequest, socket: Socket): void {
	if (request.operation === 'bind') socket.write(result(request.id, 0x61));
	if (request.operation !== 'search') return;
	if (request.base === '') {
		socket.write(
			entry(request.id, '', {
				namingContexts: ['dc=example,dc=org'],
				supportedControl: [PAGED_RESULTS],
				vendorName: ['Scripted'],
			}),
		);
	}
	socket.write(result(request.id, 0x65));
}

function message(
	id: number,
	write: (writer: BerWriter) => void,
	controls?: (writer: BerWriter) => void,
): Buffer {
	const writer = new BerWriter();
	writer.startSequence();
	writer.writeInt(id);
	write(writer);
	if (controls !== undefined) {
		writer.startSequence(Tag.controls);
		controls(writer);
		writer.endSequence();
	}
	writer.endSequence();
	return writer.buffer;
}

export const entry = (id: number, dn: string, attributes: Record<string, Array<string | Buffer>>): Buffer =>
	message(id, (writer) => {
		writer.startSequence(0x64);
		writer.writeString(dn);
		writer.startSequence();
		for (const [name, values] of Object.entries(attributes)) {
			writer.startSequence();
			writer.writeString(name);
			writer.startSequence(Tag.set);
			for (const value of values) writer.writeBuffer(Buffer.from(value), Tag.octetString);
			writer.endSequence();
			writer.endSequence();
		}
		writer.endSequence();
		writer.endSequence();
	});

export const reference = (id: number, ...uris: string[]): Buffer =>
	message(id, (writer) => {
		writer.startSequence(0x73);
		for (const uri of uris) writer.writeString(uri);
		writer.endSequence();
	});

/** RFC 4511 §4.13. */
export const intermediate = (id: number, oid: string, value: Buffer): Buffer =>
	message(id, (writer) => {
		writer.startSequence(0x79);
		writer.writeString(oid, 0x80);
		writer.writeBuffer(value, 0x81);
		writer.endSequence();
	});

export interface ResultParts {
	code?: number;
	diagnostic?: string;
	oid?: string;
	/** Adds the paged-results control with this cookie. */
	pageCookie?: string;
}

/** LDAPResult under the tag of the operation: 0x61 bind, 0x65 search, 0x78 extended, … */
export const result = (
	id: number,
	tag: number,
	{ code = 0, diagnostic = '', oid, pageCookie }: ResultParts = {},
): Buffer =>
	message(
		id,
		(writer) => {
			writer.startSequence(tag);
			writer.writeEnumeration(code);
			writer.writeString('');
			writer.writeString(diagnostic);
			if (oid !== undefined) writer.writeString(oid, 0x8a);
			writer.endSequence();
		},
		pageCookie === undefined ? undefined : (writer) => writePageControl(writer, pageCookie),
	);

function writePageControl(writer: BerWriter, cookie: string): void {
	const value = new BerWriter();
	value.startSequence();
	value.writeInt(0);
	value.writeString(cookie);
	value.endSequence();
	writer.startSequence();
	writer.writeString(PAGED_RESULTS);
	writer.writeBuffer(value.buffer, Tag.octetString);
	writer.endSequence();
}

/** Settings for scripted servers. */
export const scriptedSettings = (urls: string[], changes: Partial<LdapSettings> = {}): LdapSettings => ({
	kind: 'ldap',
	urls,
	security: 'none',
	verifyCertificate: true,
	bindDn: 'cn=watcher,dc=example,dc=org',
	password: 'correct horse battery',
	baseDn: 'dc=example,dc=org',
	family: 'auto',
	conventions: {
		managerAttribute: 'manager',
		localeAttribute: 'preferredLanguage',
		devicesDn: 'ou=devices',
		acknowledgmentsDn: 'ou=acknowledgments',
	},
	connectTimeoutMs: 2_000,
	operationTimeoutMs: 2_000,
	...changes,
});
