import { Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { DomainError } from '../../lib/domain.errors';
import { BerCursor, BerError, Tag } from '../../lib/directory/ldap/ber.cursor';
import { LdapFraming } from '../../lib/directory/ldap/ldapFraming';
import { MessageQueue } from '../../lib/directory/ldap/messageQueue';
import { readServerMessage } from '../../lib/directory/ldap/serverMessage';
import { entry, result } from '../support/scriptedLdap';

describe('LDAP framing', () => {
	const messages = [
		entry(1, 'cn=a', { cn: ['a'] }),
		entry(1, 'cn=b', { jpegPhoto: [Buffer.alloc(70_000, 0x80)] }),
		entry(1, 'cn=c', { cn: ['x'.repeat(200)] }),
		result(1, 0x65),
	];
	const stream = Buffer.concat(messages);

	it.each([1, 2, 3, 127, 4096, 65_536, stream.length])(
		'cuts the same messages from chunks of %i bytes',
		(size) => {
			const framing = new LdapFraming();
			const cut: Buffer[] = [];
			for (let start = 0; start < stream.length; start += size) {
				cut.push(...framing.push(stream.subarray(start, start + size)));
			}
			expect(cut.map((bytes) => bytes.toString('hex'))).toEqual(
				messages.map((bytes) => bytes.toString('hex')),
			);
		},
	);

	it('copies a long message once, however many chunks it comes in', () => {
		const concat = jest.spyOn(Buffer, 'concat');
		const framing = new LdapFraming();
		const big = entry(1, 'cn=b', { jpegPhoto: [Buffer.alloc(1_000_000)] });
		for (let start = 0; start < big.length; start += 1000) framing.push(big.subarray(start, start + 1000));
		expect(concat).toHaveBeenCalledTimes(1);
		concat.mockRestore();
	});

	it('refuses other protocols, indefinite lengths and messages beyond all measure', () => {
		for (const hex of ['485454502f', '3080020101', '3085ffffffffff', '3084ffffffff']) {
			expect(() => new LdapFraming().push(Buffer.from(hex, 'hex'))).toThrow(BerError);
		}
	});
});

describe('BER from outside', () => {
	it('is read within its bounds only', () => {
		const cursor = new BerCursor(Buffer.from('300604046162', 'hex'));
		expect(() => cursor.enter().text()).toThrow(BerError);
		expect(() => new BerCursor(Buffer.from('0484ffffffff', 'hex')).octets()).toThrow(BerError);
		expect(() => new BerCursor(Buffer.alloc(0)).text()).toThrow(BerError);
		expect(() => new BerCursor(Buffer.from('0200', 'hex')).integer()).toThrow(BerError);
	});

	it('reads integers of both signs', () => {
		expect(new BerCursor(Buffer.from('0204ffffffff', 'hex')).integer()).toBe(-1);
		expect(new BerCursor(Buffer.from('02047fffffff', 'hex')).integer()).toBe(0x7fff_ffff);
		expect(new BerCursor(Buffer.from('0a021000', 'hex')).integer(Tag.enumerated)).toBe(4096);
	});

	it('never hangs and never throws anything but BerError on mangled messages', () => {
		const good = entry(1, 'cn=a', { cn: ['a', 'b'], sn: ['c'] });
		for (let index = 2; index < good.length; index++) {
			for (const value of [0x00, 0x01, 0x7f, 0x80, 0x84, 0xff]) {
				const mangled = Buffer.from(good);
				mangled[index] = value;
				try {
					readServerMessage(mangled);
				} catch (error) {
					expect(error).toBeInstanceOf(BerError);
				}
			}
		}
	});
});

describe('MessageQueue', () => {
	const big = () => readServerMessage(entry(1, 'cn=a', { jpegPhoto: [Buffer.alloc(200_000)] }));
	const failure = new DomainError('lost', { advice: '', recovery: 'retry' });

	it('pauses the socket for a slow reader and lets it go on later', async () => {
		const socket = new Socket();
		const queue = new MessageQueue(socket);
		for (let count = 0; count < 4; count++) queue.push(big());
		expect(socket.isPaused()).toBe(true);
		for (let count = 0; count < 3; count++) await queue.next(0);
		expect(socket.isPaused()).toBe(true);
		await queue.next(0);
		expect(socket.isPaused()).toBe(false);
	});

	it('lets the socket go on when the reader leaves', () => {
		const socket = new Socket();
		const queue = new MessageQueue(socket);
		for (let count = 0; count < 4; count++) queue.push(big());
		queue.release();
		expect(socket.isPaused()).toBe(false);
	});

	it('keeps none of what it handed out, even for a reader that never catches up', async () => {
		const queue = new MessageQueue(new Socket());
		const handedOut: Array<WeakRef<object>> = [];
		queue.push(big());
		for (let count = 0; count < 200; count++) {
			queue.push(readServerMessage(entry(1, 'cn=a', { cn: ['a'] })));
			handedOut.push(new WeakRef(await queue.next(0)));
		}
		// A WeakRef holds its object to the end of the current task.
		await new Promise(setImmediate);
		setFlagsFromString('--expose-gc');
		runInNewContext('gc()');
		expect(handedOut.filter((message) => message.deref() !== undefined).length).toBeLessThanOrEqual(64);
	});

	it('hands out what came before a failure, then the failure', async () => {
		const queue = new MessageQueue(new Socket());
		queue.push(big());
		queue.fail(failure);
		expect(await queue.next(0)).toMatchObject({ kind: 'entry' });
		await expect(queue.next(0)).rejects.toBe(failure);
	});

	it('wakes a waiting reader with a message or a failure', async () => {
		const queue = new MessageQueue(new Socket());
		const first = queue.next(60_000);
		queue.push(big());
		expect(await first).toMatchObject({ kind: 'entry' });
		const second = queue.next(60_000);
		queue.fail(failure);
		await expect(second).rejects.toBe(failure);
	});
});
