import type { PushMessage } from '../push.types';
import { payloadBytes } from './wire';

/** FCM's limit for messages to one device. */
export const MAX_PAYLOAD_BYTES = 4096;
/** Four weeks, in seconds. */
export const MAX_TIME_TO_LIVE = 2_419_200;

/** A surrogate without its partner. */
const HALF_CHARACTER = /\p{Cs}/u;

/** firebase-admin leaves these out when it copies a message. */
const LOST = ['__proto__', 'constructor', 'prototype'];

export interface MessageProblem {
	field: string;
	problem: string;
}

/** What FCM would refuse, by the field's name: firebase-admin checks none of it. Nothing is sent. */
export function messageProblems(message: PushMessage): MessageProblem[] {
	const problems = [
		...contentProblems(message),
		...Object.entries(message.data).flatMap(([key, value]) => entryProblems(key, value, message.link)),
		...linkProblems(message.link),
		...timeToLiveProblems(message.timeToLiveSeconds),
	];
	return problems.length > 0 ? problems : sizeProblems(message);
}

function contentProblems({ title, body, messageId }: PushMessage): MessageProblem[] {
	const problems: MessageProblem[] = [];
	if (!hasVisibleText(title) && !hasVisibleText(body)) {
		problems.push({
			field: 'title',
			problem: 'Title and body are both empty: the device would show nothing',
		});
	}
	if (messageId.trim() === '') problems.push({ field: 'messageId', problem: 'The message has no id' });
	return problems;
}

/** Something besides white space, control and invisible format characters. */
function hasVisibleText(text: string): boolean {
	return /[^\s\p{Cc}\p{Cf}\p{Cs}]/u.test(text);
}

function entryProblems(key: string, value: unknown, link: string | undefined): MessageProblem[] {
	const field = `data.${key}`;
	if (key.trim() === '') return [{ field: 'data', problem: 'A key is empty' }];
	if (HALF_CHARACTER.test(key)) return [{ field: 'data', problem: 'A key holds half a character' }];
	if (LOST.includes(key))
		return [{ field, problem: 'A value of this name would be lost; choose another name' }];
	if (isReserved(key)) {
		return [
			{
				field,
				problem:
					'FCM keeps "from", "message_type" and everything that begins with "google." or "gcm." for itself',
			},
		];
	}
	if (key === 'link' && link !== undefined)
		return [{ field, problem: 'The link of the message travels under this name' }];
	return typeof value === 'string'
		? []
		: [{ field, problem: 'Only text can be sent; turn the value into text' }];
}

function isReserved(key: string): boolean {
	return key === 'from' || key === 'message_type' || /^(google|gcm)(\.|$)/.test(key);
}

function linkProblems(link: string | undefined): MessageProblem[] {
	if (link === undefined) return [];
	if (!HALF_CHARACTER.test(link) && URL.canParse(link) && /^https:\/\//i.test(link)) return [];
	return [{ field: 'link', problem: 'A link must begin with https://' }];
}

function timeToLiveProblems(seconds: number | undefined): MessageProblem[] {
	if (seconds === undefined) return [];
	if (Number.isInteger(seconds) && seconds >= 0 && seconds <= MAX_TIME_TO_LIVE) return [];
	return [
		{
			field: 'timeToLiveSeconds',
			problem: `Must be a whole number of seconds from 0 to ${MAX_TIME_TO_LIVE} (four weeks)`,
		},
	];
}

function sizeProblems(message: PushMessage): MessageProblem[] {
	const bytes = payloadBytes(message);
	if (bytes <= MAX_PAYLOAD_BYTES) return [];
	return [
		{
			field: 'message',
			problem: `${bytes} bytes, FCM takes ${MAX_PAYLOAD_BYTES}: shorten the text or the data`,
		},
	];
}
