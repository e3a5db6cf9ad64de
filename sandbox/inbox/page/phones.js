import { clock, element, fill, post } from '/elements.js';

const PLATFORMS = { android: 'Android', ios: 'iPhone', web: 'Browser' };
/** Phones by a key that stays, so that a change on one leaves the others alone. */
const drawn = new Map();
const busy = new Set();
/** What came last: a tap that ends later must not bring back an older state. */
let latest = [];

export function showPhones(place, phones) {
	latest = phones;
	const keys = phones.map((phone, index) => `${phone.uid} ${phone.platform} ${index}`);
	for (const [key, phone] of drawn) {
		if (keys.includes(key)) continue;
		phone.remove();
		drawn.delete(key);
	}
	phones.forEach((phone, index) => {
		const key = keys[index];
		if (!drawn.has(key)) {
			drawn.set(key, element('article', { class: `phone ${phone.platform}`, 'data-person': phone.uid }));
			place.append(drawn.get(key));
		}
		const sending = phone.notifications.filter(({ id }) => busy.has(id)).map(({ id }) => id);
		fill(drawn.get(key), { phone, sending }, () => screen(phone, () => showPhones(place, latest)));
	});
}

function screen(phone, redraw) {
	const { notifications, name, platform, app } = phone;
	return [
		element('h2', {}, name, element('small', {}, ` ${PLATFORMS[platform] ?? platform}`)),
		element(
			'div',
			{ class: 'case' },
			element(
				'div',
				{ class: 'screen' },
				element(
					'div',
					{ class: 'status-bar', 'aria-hidden': true },
					element('span', {}, clock(new Date())),
					element('span', {}, '●●●'),
				),
				notifications.length === 0
					? element('p', { class: 'empty' }, 'No notifications')
					: element('ul', { class: 'notifications' }, ...notifications.map((one) => card(one, app, redraw))),
			),
		),
	];
}

function card(notification, app, redraw) {
	const { id, title, body, link, receivedAt, times, ackUrl } = notification;
	return element(
		'li',
		{ class: 'notification', 'data-message': notification.messageId },
		element(
			'p',
			{ class: 'meta' },
			element('span', {}, app),
			element(
				'time',
				{ datetime: receivedAt },
				clock(receivedAt) + (times > 1 ? ` · sent ${times} times` : ''),
			),
		),
		element('h3', {}, title),
		element('p', {}, body),
		...(link === undefined
			? []
			: [
					element(
						'p',
						{},
						element(
							'a',
							{ href: link, target: '_blank', rel: 'noreferrer', 'data-key': `link ${id}` },
							'Open link',
						),
					),
				]),
		...(ackUrl === undefined ? [] : acknowledgment(notification, redraw)),
	);
}

function acknowledgment({ id, title, ackUrl, answer }, redraw) {
	const done = ['recorded', 'alreadyRecorded', 'received'].includes(answer?.status);
	const sending = busy.has(id);
	const tap = async () => {
		if (busy.has(id)) return;
		busy.add(id);
		redraw();
		try {
			await post('/api/acknowledge', { id });
		} finally {
			busy.delete(id);
			redraw();
		}
	};
	return [
		element(
			'p',
			{ class: 'actions' },
			element(
				'button',
				{
					onclick: tap,
					'aria-disabled': sending,

					'data-key': `acknowledge ${id}`,
					'aria-label': `Acknowledge ${title}`,
				},
				sending ? 'Sending …' : done ? 'Acknowledge again' : 'Acknowledge',
			),
			element(
				'a',
				{ href: ackUrl, target: '_blank', rel: 'noreferrer', 'data-key': `page ${id}` },
				'Open confirmation page',
			),
		),
		element(
			'p',
			{ class: `answer ${done ? 'good' : answer ? 'bad' : ''}`, role: 'status' },
			answer?.message ?? '',
		),
	];
}
