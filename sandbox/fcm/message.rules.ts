import type { GoogleRefusal } from './google.errors.ts';
import { invalidMessage } from './google.errors.ts';
import type { Json } from './json.types.ts';
import { at, isObject, textAt } from './json.types.ts';

/** A rule looks at a message in camelCase form and returns why FCM would refuse it. */
type Rule = (message: Json) => GoogleRefusal | undefined;

const LABEL = /^[a-zA-Z0-9-_.~%]{1,50}$/;
const TOPIC = /^[a-zA-Z0-9-_.~%]{1,900}$/;
/** Four weeks, the longest that FCM keeps a message. */
const LONGEST_TTL_SECONDS = 2_419_200;

/** The first rule a message breaks: what FCM checks beyond the JSON form. */
export function brokenRule(message: Json): GoogleRefusal | undefined {
	for (const rule of RULES) {
		const refusal = rule(message);
		if (refusal) return refusal;
	}
	return undefined;
}

const hasTarget: Rule = (message) => {
	const targets = ['token', 'topic', 'condition', 'fid'].map((name) => textAt(message, name));
	return targets.some((target) => target !== undefined && target !== '')
		? undefined
		: invalidMessage('Recipient of the message is not set.', 'message');
};

const topicIsWellFormed: Rule = (message) => {
	const topic = textAt(message, 'topic');
	if (topic === undefined || TOPIC.test(topic)) return undefined;
	return invalidMessage('Malformed topic name', 'message.topic');
};

const conditionIsWellFormed: Rule = (message) => {
	const condition = textAt(message, 'condition');
	if (condition === undefined) return undefined;
	const terms = condition.match(/'[a-zA-Z0-9-_.~%]+'\s+in\s+topics/g) ?? [];
	const rest = condition.replace(/'[a-zA-Z0-9-_.~%]+'\s+in\s+topics/g, '').replace(/&&|\|\||[!()\s]/g, '');
	if (terms.length > 0 && terms.length <= 5 && rest === '') return undefined;
	return invalidMessage('Invalid condition expression provided.', 'message.condition');
};

/** `from`, `message_type`, and what starts with `google.` or `gcm.` belong to FCM. */
const dataKeysAreFree: Rule = (message) => {
	for (const path of [['data'], ['android', 'data'], ['webpush', 'data']]) {
		const entries = at(message, ...path);
		if (!isObject(entries)) continue;
		const reserved = Object.keys(entries).find((key) =>
			/^(from|message_type|google\..*|gcm\..*|google|gcm)$/.test(key),
		);
		if (reserved !== undefined)
			return invalidMessage(`Invalid data payload key: ${reserved}`, `message.${path.join('.')}`);
	}
	return undefined;
};

const ttlIsInRange: Rule = (message) => {
	const ttl = textAt(message, 'android', 'ttl');
	if (ttl === undefined) return undefined;
	const seconds = Number.parseFloat(ttl);
	if (seconds >= 0 && seconds <= LONGEST_TTL_SECONDS) return undefined;
	return invalidMessage(
		`Invalid TTL: must be between 0 and ${LONGEST_TTL_SECONDS} seconds`,
		'message.android.ttl',
	);
};

const labelsAreWellFormed: Rule = (message) => {
	for (const path of [[], ['android'], ['webpush'], ['apns']]) {
		const label = textAt(message, ...path, 'fcmOptions', 'analyticsLabel');
		if (label !== undefined && !LABEL.test(label)) {
			const field = ['message', ...path, 'fcm_options', 'analytics_label'].join('.');
			return invalidMessage(`Invalid analytics label: ${label}`, field);
		}
	}
	return undefined;
};

const androidNotificationIsWellFormed: Rule = (message) => {
	const path = 'message.android.notification';
	const notification = at(message, 'android', 'notification');
	const color = textAt(notification, 'color');
	if (color !== undefined && !/^#[0-9a-fA-F]{6}$/.test(color))
		return invalidMessage('Invalid color', `${path}.color`);
	for (const part of ['title', 'body']) {
		if (at(notification, `${part}LocArgs`) !== undefined && at(notification, `${part}LocKey`) === undefined) {
			return invalidMessage(
				`${part}_loc_key is required when ${part}_loc_args is set`,
				`${path}.${part}_loc_args`,
			);
		}
	}
	const count = at(notification, 'notificationCount');
	if (typeof count === 'number' && count < 0)
		return invalidMessage('Invalid notification count', `${path}.notification_count`);
	return undefined;
};

const webpushIsWellFormed: Rule = (message) => {
	const link = textAt(message, 'webpush', 'fcmOptions', 'link');
	if (link !== undefined && !isHttps(link)) {
		return invalidMessage(
			'WebpushFcmOptions.link must be a valid HTTPS URL',
			'message.webpush.fcm_options.link',
		);
	}
	const field = 'message.webpush.headers';
	const headers = lowerCaseNames(at(message, 'webpush', 'headers'));
	const topic = headers.get('topic');
	// RFC 8030 §5.4: at most 32 characters of the URL-safe base64 alphabet.
	if (topic !== undefined && !/^[A-Za-z0-9_-]{1,32}$/.test(topic))
		return invalidMessage('Invalid webpush Topic', field);
	const ttl = headers.get('ttl');
	if (ttl !== undefined && !/^\d+$/.test(ttl)) return invalidMessage('Invalid webpush TTL', field);
	const urgency = headers.get('urgency');
	if (urgency !== undefined && !['very-low', 'low', 'normal', 'high'].includes(urgency)) {
		return invalidMessage('Invalid webpush Urgency', field);
	}
	return undefined;
};

export function isHttps(link: string): boolean {
	return URL.canParse(link) && new URL(link).protocol === 'https:';
}

/** Header names are compared without case. */
export function lowerCaseNames(headers: Json | undefined): Map<string, string> {
	const named = new Map<string, string>();
	if (!isObject(headers)) return named;
	for (const [name, value] of Object.entries(headers)) {
		if (typeof value === 'string') named.set(name.toLowerCase(), value);
	}
	return named;
}

/** 4,096 bytes to a device, 2,048 to topics. Counts names and values, not punctuation, so that it never refuses more than FCM. */
const sizeIsAllowed: Rule = (message) => {
	const limit = (at(message, 'topic') ?? at(message, 'condition')) ? 2048 : 4096;
	const common = contentBytes(at(message, 'data')) + contentBytes(at(message, 'notification'));
	for (const platform of ['android', 'webpush'] as const) {
		const own =
			contentBytes(at(message, platform, 'data')) + contentBytes(at(message, platform, 'notification'));
		if (common + own > limit) {
			return invalidMessage(
				platform === 'android' ? 'Android message is too big' : 'Web push message is too big',
				'message',
			);
		}
	}
	const payload = at(message, 'apns', 'payload');
	if (payload !== undefined && Buffer.byteLength(JSON.stringify(payload)) > limit) {
		return invalidMessage('APNS message is too big', 'message.apns.payload');
	}
	return undefined;
};

function contentBytes(value: Json | undefined): number {
	if (value === undefined || value === null) return 0;
	if (typeof value === 'string') return Buffer.byteLength(value);
	if (typeof value !== 'object') return JSON.stringify(value).length;
	const entries: Array<[string, Json]> = Array.isArray(value)
		? value.map((entry) => ['', entry])
		: Object.entries(value);
	return entries.reduce((sum, [key, entry]) => sum + Buffer.byteLength(key) + contentBytes(entry), 0);
}

const APNS_PUSH_TYPES = [
	'alert',
	'background',
	'voip',
	'complication',
	'fileprovider',
	'mdm',
	'location',
	'liveactivity',
	'pushtotalk',
	'widgets',
	'controls',
];

/** developer.apple.com: "Sending notification requests to APNs". */
const apnsHeadersAreWellFormed: Rule = (message) => {
	const field = 'message.apns.headers';
	const headers = lowerCaseNames(at(message, 'apns', 'headers'));
	const priority = headers.get('apns-priority');
	if (priority !== undefined && !['1', '5', '10'].includes(priority))
		return invalidMessage('Invalid apns-priority', field);
	const pushType = headers.get('apns-push-type');
	if (pushType !== undefined && !APNS_PUSH_TYPES.includes(pushType))
		return invalidMessage('Invalid apns-push-type', field);
	if (pushType === 'background' && priority === '10') {
		return invalidMessage('apns-priority must be 5 for background notifications', field);
	}
	const collapseId = headers.get('apns-collapse-id');
	if (collapseId !== undefined && Buffer.byteLength(collapseId) > 64)
		return invalidMessage('apns-collapse-id is too long', field);
	const expiration = headers.get('apns-expiration');
	if (expiration !== undefined && !/^\d+$/.test(expiration))
		return invalidMessage('Invalid apns-expiration', field);
	return undefined;
};

const apsIsWellFormed: Rule = (message) => {
	const payload = at(message, 'apns', 'payload');
	if (payload === undefined) return undefined;
	const aps = at(payload, 'aps');
	if (aps !== undefined && !isObject(aps))
		return invalidMessage('aps must be an object', 'message.apns.payload.aps');
	const wrong = Object.entries(APS_FORMS).find(([name, fits]) => {
		const value = at(aps, name);
		return value !== undefined && !fits(value);
	});
	return wrong && invalidMessage(`Invalid value of aps.${wrong[0]}`, `message.apns.payload.aps.${wrong[0]}`);
};

const isText = (value: Json): boolean => typeof value === 'string';
const isFlag = (value: Json): boolean => value === 0 || value === 1;
const APS_FORMS: Record<string, (value: Json) => boolean> = {
	alert: (value) => isText(value) || isObject(value),
	badge: (value) => Number.isInteger(value),
	sound: (value) => isText(value) || isObject(value),
	'content-available': isFlag,
	'mutable-content': isFlag,
	category: isText,
	'thread-id': isText,
	'interruption-level': (value) =>
		value === 'passive' || value === 'active' || value === 'time-sensitive' || value === 'critical',
	'relevance-score': (value) => typeof value === 'number' && value >= 0 && value <= 1,
};

const RULES: Rule[] = [
	hasTarget,
	topicIsWellFormed,
	conditionIsWellFormed,
	dataKeysAreFree,
	ttlIsInRange,
	labelsAreWellFormed,
	androidNotificationIsWellFormed,
	webpushIsWellFormed,
	apnsHeadersAreWellFormed,
	apsIsWellFormed,
	sizeIsAllowed,
];
