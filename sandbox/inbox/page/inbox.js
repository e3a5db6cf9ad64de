import { showConsole } from '/console.js';
import { element, fill } from '/elements.js';
import { showPhones } from '/phones.js';

const find = (id) => document.getElementById(id);
const known = new Set();
let first = true;

function show(state) {
	fill(find('links'), state.links, () =>
		state.links.map(({ label, url }) =>
			element('a', { href: url, target: '_blank', rel: 'noreferrer' }, label),
		),
	);
	showConsole(state);
	showPhones(find('phones'), state.phones);
	announce(state.phones);
}

/** Says aloud what a glance at the phones would show, and brings the phone that rang into view. */
function announce(phones) {
	for (const { uid, platform, name, notifications } of phones) {
		for (const { id, title } of notifications) {
			if (!known.has(id) && !first) {
				find('announcement').textContent = `${name} received: ${title}`;
				const phone = document.querySelector(`.phone.${platform}[data-person="${CSS.escape(uid)}"]`);
				phone?.scrollIntoView({ block: 'nearest' });
				phone?.classList.add('rang');
			}
			known.add(id);
		}
	}
	first = false;
}

const live = new EventSource('/live');
live.addEventListener('state', (event) => {
	find('connection').textContent = '';
	show(JSON.parse(event.data));
});
live.addEventListener('error', () => {
	find('connection').textContent = 'The sandbox has stopped. Start it again with: npm run demo';
});
