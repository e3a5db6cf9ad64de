import { createHash } from 'node:crypto';

import type { AndroidConfig, ApnsConfig, TokenMessage, WebpushConfig } from 'firebase-admin/messaging';

import type { PushMessage } from '../push.types';

/**
 * The message in firebase-admin's spelling. A message id becomes what each platform replaces a notification by: Android's tag,
 * APNs' collapse id (at most 64 bytes), Web Push's Topic (at most 32 characters of base64url, RFC 8030 §5.4). No collapse_key: FCM
 * keeps only four of them per device that is offline.
 */
export function toFcmMessage(message: PushMessage, token: string, nowSeconds: number): TokenMessage {
	const tag = replacementTag(message.messageId);
	return {
		token,
		notification: { title: wellFormed(message.title), body: wellFormed(message.body) },
		data: toFcmData(message),
		android: androidConfig(message, tag),
		apns: apnsConfig(message, tag, nowSeconds),
		webpush: webpushConfig(message, tag),
	};
}

/**
 * Bytes that count against FCM's 4,096: what reaches the device, as JSON. Google publishes no exact rule; keys and structure are
 * counted too, so that what passes here is not refused there.
 */
export function payloadBytes(message: PushMessage): number {
	const { notification, data, android, webpush } = toFcmMessage(message, '', 0);
	const counted = { notification, data, tag: android?.notification?.tag, link: webpush?.fcmOptions?.link };
	return Buffer.byteLength(JSON.stringify(counted), 'utf8');
}

/** 32 characters of [A-Za-z0-9_-], the same for the same message id. */
export function replacementTag(messageId: string): string {
	if (/^[A-Za-z0-9_-]{1,32}$/.test(messageId)) return messageId;
	return createHash('sha256').update(messageId).digest('base64url').slice(0, 32);
}

function toFcmData(message: PushMessage): Record<string, string> {
	const entries = Object.entries(message.data).map(([key, value]): [string, string] => [
		key,
		wellFormed(value),
	]);
	// Only browsers open webpush's link by themselves; an app reads it here.
	if (message.link !== undefined) entries.push(['link', message.link]);
	return Object.fromEntries(entries);
}

function androidConfig({ priority, timeToLiveSeconds }: PushMessage, tag: string): AndroidConfig {
	const config: AndroidConfig = { notification: { tag } };
	if (priority) config.priority = priority;
	if (timeToLiveSeconds !== undefined) config.ttl = timeToLiveSeconds * 1000;
	return config;
}

function apnsConfig(
	{ priority, timeToLiveSeconds }: PushMessage,
	tag: string,
	nowSeconds: number,
): ApnsConfig {
	const headers: Record<string, string> = { 'apns-collapse-id': tag };
	if (priority) headers['apns-priority'] = priority === 'high' ? '10' : '5';
	if (timeToLiveSeconds !== undefined) {
		// 0 = deliver now or never; anything else is the moment it expires.
		headers['apns-expiration'] = String(timeToLiveSeconds === 0 ? 0 : nowSeconds + timeToLiveSeconds);
	}
	return { headers };
}

function webpushConfig({ priority, timeToLiveSeconds, link }: PushMessage, tag: string): WebpushConfig {
	const headers: Record<string, string> = { Topic: tag };
	if (priority) headers.Urgency = priority;
	if (timeToLiveSeconds !== undefined) headers.TTL = String(timeToLiveSeconds);
	return { headers, ...(link === undefined ? {} : { fcmOptions: { link } }) };
}

/** A text that was cut in the middle of an emoji ends in half a character, which FCM refuses: it becomes U+FFFD. */
function wellFormed(text: string): string {
	return text.replace(/\p{Cs}/gu, '\ufffd');
}
