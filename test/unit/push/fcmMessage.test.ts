import { MAX_PAYLOAD_BYTES, messageProblems } from '../../../lib/push/fcm/message.validation';
import { payloadBytes, replacementTag, toFcmMessage } from '../../../lib/push/fcm/wire';
import type { PushMessage } from '../../../lib/push/push.types';
import { pushMessage } from '../../support/pushMessage';

const fieldsOf = (message: PushMessage) => messageProblems(message).map(({ field }) => field);

describe('validation', () => {
	it('finds nothing wrong with a plain message', () => {
		expect(messageProblems(pushMessage())).toEqual([]);
	});

	it.each([
		['title and body are empty', { title: '', body: '' }, 'title'],
		['there is only white space', { title: ' \u00a0\n', body: '\u200b\u0000' }, 'title'],
		['the id is empty', { messageId: ' ' }, 'messageId'],
		['a key is "from"', { data: { from: 'x' } }, 'data.from'],
		['a key is "message_type"', { data: { message_type: 'x' } }, 'data.message_type'],
		['a key begins with "google."', { data: { 'google.x': 'x' } }, 'data.google.x'],
		['a key begins with "gcm."', { data: { 'gcm.notification.e': '1' } }, 'data.gcm.notification.e'],
		[
			'a key is __proto__',
			{ data: JSON.parse('{"__proto__":"x"}') as Record<string, string> },
			'data.__proto__',
		],
		['a key is lost by the SDK', { data: { constructor: 'x' } }, 'data.constructor'],
		['a key is empty', { data: { ' ': 'x' } }, 'data'],
		['a key holds half a character', { data: { '\ud83d': 'x' } }, 'data'],
		['the link is http', { link: 'http://intranet.example' }, 'link'],
		['the link is a script', { link: 'javascript:alert(1)' }, 'link'],
		['the link is not one', { link: 'https://' }, 'link'],
		['the link travels twice', { link: 'https://a.example', data: { link: 'x' } }, 'data.link'],
		['it would live too long', { timeToLiveSeconds: 2_419_201 }, 'timeToLiveSeconds'],
		['it would live a negative time', { timeToLiveSeconds: -1 }, 'timeToLiveSeconds'],
		['the life is a fraction', { timeToLiveSeconds: 1.5 }, 'timeToLiveSeconds'],
		['the life is not a number', { timeToLiveSeconds: Number.NaN }, 'timeToLiveSeconds'],
	])('names the field when %s', (_case, change, field) => {
		expect(fieldsOf(pushMessage(change))).toEqual([field]);
	});

	it.each([
		{ timeToLiveSeconds: 0 },
		{ timeToLiveSeconds: 2_419_200 },
		{ title: '' },
		{ body: '' },
		{ title: '👋' },
	])('allows %j', (change) => {
		expect(messageProblems(pushMessage(change))).toEqual([]);
	});

	it('counts bytes, not characters, up to the last one', () => {
		const base = pushMessage({ body: '' });
		const room = MAX_PAYLOAD_BYTES - payloadBytes(base);
		const emoji = '👩🏽‍⚕️';
		const bytes = Buffer.byteLength(emoji);
		const body = emoji.repeat(Math.floor(room / bytes)) + 'x'.repeat(room % bytes);
		expect(payloadBytes({ ...base, body })).toBe(MAX_PAYLOAD_BYTES);
		expect(messageProblems({ ...base, body })).toEqual([]);
		expect(fieldsOf({ ...base, body: `${body}x` })).toEqual(['message']);
	});
});

describe('the wire form', () => {
	const now = 1_800_000_000;

	it('replaces by tag, collapse id and topic, and sets no collapse key', () => {
		const message = pushMessage({ data: { room: '7' } });
		expect(toFcmMessage(message, 'the-token', now)).toEqual({
			token: 'the-token',
			notification: { title: message.title, body: message.body },
			data: { room: '7' },
			android: { notification: { tag: message.messageId } },
			apns: { headers: { 'apns-collapse-id': message.messageId } },
			webpush: { headers: { Topic: message.messageId } },
		});
	});

	it('carries priority, life and link to each platform', () => {
		const message = pushMessage({ priority: 'high', timeToLiveSeconds: 60, link: 'https://a.example/x' });
		const { android, apns, webpush, data } = toFcmMessage(message, 't', now);
		expect(android).toMatchObject({ priority: 'high', ttl: 60_000 });
		expect(apns?.headers).toMatchObject({ 'apns-priority': '10', 'apns-expiration': String(now + 60) });
		expect(webpush).toMatchObject({
			headers: { TTL: '60', Urgency: 'high' },
			fcmOptions: { link: message.link },
		});
		expect(data).toEqual({ link: 'https://a.example/x' });
	});

	it('says "now or never" as APNs wants it', () => {
		const { apns } = toFcmMessage(pushMessage({ timeToLiveSeconds: 0, priority: 'normal' }), 't', now);
		expect(apns?.headers).toMatchObject({ 'apns-expiration': '0', 'apns-priority': '5' });
	});

	it('mends a text that was cut in the middle of an emoji', () => {
		const { notification, data } = toFcmMessage(
			pushMessage({ title: 'Hi \ud83d', body: '\udc4b ok 👋', data: { a: '\ud83d' } }),
			't',
			now,
		);
		expect(notification).toEqual({ title: 'Hi \ufffd', body: '\ufffd ok 👋' });
		expect(data).toEqual({ a: '\ufffd' });
	});

	it.each(['x'.repeat(33), 'with space', 'ünicode', '👋', 'a\u0000b'])(
		'makes a tag that every platform takes of the id %j',
		(id) => {
			expect(replacementTag(id)).toMatch(/^[A-Za-z0-9_-]{32}$/);
			expect(replacementTag(id)).toBe(replacementTag(id));
			expect(replacementTag(id)).not.toBe(replacementTag(`${id}x`));
		},
	);
});
