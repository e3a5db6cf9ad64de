import type { IExecuteFunctions } from 'n8n-workflow';

import { mintAcknowledgmentToken } from '../acknowledgment/acknowledgmentToken';
import type { AcknowledgmentGrant } from '../acknowledgment/acknowledgment.types';
import type { PushSender } from '../push/push.types';
import { signingOf } from './acknowledgmentSigning';
import type { SessionFactory } from './operations';
import { openFcm } from './pushConnection';

/** The signed link by which a person acknowledges one message. */
export type LinkMaker = (grant: AcknowledgmentGrant, lifetimeSeconds: number) => Promise<string>;

/** What an operation of Push Notification works with, once a run. */
export interface PushSession {
	sender: PushSender;
	/** Absent when no acknowledgment is requested. */
	linkFor?: LinkMaker;
}

export const pushSessions: SessionFactory<PushSession> = {
	async open(context) {
		// Signing first: it opens nothing that would have to be closed when the other credential is unusable.
		const linkFor = await linkMaker(context);
		const retryAmbiguous = context.getNodeParameter('options.sendAgainWhenUnsure', 0, false) === true;
		const sender = await openFcm(await context.getCredentials('firebaseCloudMessagingApi'), {
			retryAmbiguous,
		});
		return { sender, linkFor };
	},
	async close({ sender }) {
		await sender.close();
	},
};

async function linkMaker(context: IExecuteFunctions): Promise<LinkMaker | undefined> {
	if (context.getNodeParameter('requestAcknowledgment', 0, false) !== true) return undefined;
	const { keys, publicUrl } = signingOf(await context.getCredentials('acknowledgmentSigningApi'));
	return async (grant, lifetimeSeconds) => {
		const token = await mintAcknowledgmentToken(grant, keys, { lifetimeSeconds });
		return `${publicUrl}?token=${token}`;
	};
}
