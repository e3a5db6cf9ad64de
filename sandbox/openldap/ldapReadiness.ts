import { connect } from 'node:net';

/** An anonymous simple bind (RFC 4511 §4.2), and the tag its answer carries. */
const ANONYMOUS_BIND = Buffer.from('300c020101600702010304008000', 'hex');
const BIND_RESPONSE = 0x61;

/** Whether an LDAP server answers a bind on this port of a loopback address: refused connections and other protocols are `false`. */
export const answersLdap = (port: number, host = '127.0.0.1'): Promise<boolean> =>
	new Promise((resolve) => {
		const socket = connect({ port, host });
		const finish = (answered: boolean): void => {
			socket.destroy();
			resolve(answered);
		};
		socket.once('connect', () => socket.write(ANONYMOUS_BIND));
		socket.once('data', (bytes) => finish(bytes[0] === 0x30 && bytes.includes(BIND_RESPONSE)));
		socket.once('error', () => finish(false));
		socket.once('close', () => finish(false));
	});
