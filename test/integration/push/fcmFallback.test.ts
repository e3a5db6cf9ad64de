import { startFcmEmulator } from '../../../sandbox/fcm/fcmEmulator';
import type * as Seam from '../../../lib/push/fcm/admin.seam';
import { senderFor } from '../../support/fcmCredential';
import { pushMessage } from '../../support/pushMessage';

jest.mock('../../../lib/push/fcm/admin.seam', () => {
	const seam = jest.requireActual<typeof Seam>('../../../lib/push/fcm/admin.seam');
	return {
		...seam,
		bindTransport: () => {
			throw new seam.SeamMoved('messagingRequestHandler');
		},
	};
});

describe('with a firebase-admin whose inside has changed', () => {
	it('sends through its public options, by itself', async () => {
		const emulator = await startFcmEmulator();
		const sender = senderFor(emulator);
		try {
			expect(await sender.send(pushMessage(), { token: 'emu-ok' })).toMatchObject({ status: 'accepted' });
			expect(emulator.stats()).toMatchObject({ overHttp1: 1, overHttp2: 0 });
		} finally {
			await sender.close();
			await emulator.stop();
		}
	});

	it('cannot add a path to the address, and says so', async () => {
		const emulator = await startFcmEmulator();
		try {
			expect(() => senderFor(emulator, { fields: { endpoint: `${emulator.endpoint}/fcm` } })).toThrow(
				'An endpoint with a path',
			);
		} finally {
			await emulator.stop();
		}
	});
});
