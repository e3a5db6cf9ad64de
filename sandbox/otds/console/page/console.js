import { openGroupForm, openPerson, openPersonForm, refreshDialog } from './dialogs.js';
import { element, fill, post } from './elements.js';

const find = (id) => document.getElementById(id);
const LONGEST_LOG = 300;
let state = { partitions: [], groups: [], people: [], found: 0 };
let asked = 0;

/** Runs what a button asks for and shows why it failed; resolves to whether it worked. */
async function attempt(action, body) {
	// What lies behind an open dialog is neither seen nor read out.
	const problem = document.querySelector('dialog[open] .problem') ?? find('problem');
	problem.textContent = '';
	try {
		await post('action', { action, ...body });
		await refresh();
		return true;
	} catch (error) {
		problem.textContent = error.message;
		return false;
	}
}

async function refresh() {
	const number = ++asked;
	const response = await fetch(`state?${new URLSearchParams(new FormData(find('filter')))}`);
	const answer = await response.json();
	// A later question has been asked meanwhile: its answer counts.
	if (number !== asked) return;
	state = answer;
	show();
}

function show() {
	const { partitions, people, found } = state;
	const select = find('filter').elements.partition;
	const chosen = select.value;
	fill(select, partitions, () => [
		element('option', { value: '' }, 'all'),
		...partitions.map(({ name }) => element('option', { value: name }, name)),
	]);
	select.value = chosen;
	find('found').textContent =
		people.length < found
			? `${people.length} of ${found} people`
			: `${found} ${found === 1 ? 'person' : 'people'}`;
	fill(find('people'), { people, partitions }, () => people.map(row));
	refreshDialog(state);
}

function row(person) {
	const { name, id, work, partition, orgUnit, groups } = person;
	return element(
		'tr',
		{ 'data-person': id },
		element('th', { scope: 'row' }, name, element('small', {}, id), element('small', {}, work)),
		element('td', {}, partition, ' ', ...mirrored(partition), element('small', {}, orgUnit)),
		element('td', {}, ...badges(person)),
		element('td', {}, ...groups.map((group) => element('span', { class: 'badge calm' }, group.name))),
		element('td', {}, element('div', { class: 'actions' }, ...buttons(person))),
	);
}

function buttons(person) {
	const { uuid, name, disabled, locked, mustReset } = person;
	const button = (key, words, label, attributes) =>
		element(
			'button',
			{ type: 'button', 'data-key': `${key} ${uuid}`, 'aria-label': `${label}: ${name}`, ...attributes },
			words,
		);
	const toggle = (action, isOn, words) =>
		button(action, words, words, { onclick: () => attempt(action, { uuid, on: !isOn }) });
	return [
		toggle('disable', disabled, disabled ? 'Enable' : 'Disable'),
		toggle('lock', locked, locked ? 'Unlock' : 'Lock'),
		toggle('requireReset', mustReset, mustReset ? 'Cancel reset' : 'Require reset'),
		button('more', 'More…', 'Groups, unit, deletion', {
			'aria-haspopup': 'dialog',
			onclick: () => openPerson(person, state, attempt),
		}),
	];
}

function badges({ disabled, locked, mustReset }) {
	const badge = (kind, words) => element('span', { class: `badge ${kind}` }, words);
	const told = [
		...(disabled ? [badge('bad', 'disabled')] : []),
		...(locked ? [badge('bad', 'locked')] : []),
		...(mustReset ? [badge('bad', 'reset required')] : []),
	];
	return told.length > 0 ? told : [badge('good', 'enabled')];
}

const mirrored = (partition) =>
	state.partitions.some(({ name, synchronized }) => name === partition && synchronized)
		? [element('span', { class: 'badge calm' }, 'synchronized')]
		: [];

function logLine({ method, path, query, status }) {
	const parameters = Object.entries(query).map(([name, value]) => `${name}=${value}`);
	return element(
		'li',
		{},
		element(
			'span',
			{ class: status >= 200 && status < 400 ? 'status' : 'status bad' },
			String(status || '—'),
		),
		element('b', {}, method),
		element('span', {}, path, element('small', {}, parameters.join(' · '))),
	);
}

find('new-person').addEventListener('click', () => openPersonForm(state, attempt));
find('new-group').addEventListener('click', () => openGroupForm(state, attempt));
find('clear').addEventListener('click', () => find('requests').replaceChildren());
find('filter').addEventListener('input', () => void refresh());
find('filter').addEventListener('submit', (event) => event.preventDefault());

const live = new EventSource('live');
live.addEventListener('open', () => {
	find('connection').textContent = '';
	// What was missed while the connection was gone comes again with the rest.
	find('requests').replaceChildren();
});
live.addEventListener('changed', () => void refresh());
live.addEventListener('requests', (event) => {
	const log = find('requests');
	log.prepend(...JSON.parse(event.data).map(logLine).reverse());
	while (log.childElementCount > LONGEST_LOG) log.lastElementChild.remove();
});
live.addEventListener('error', () => {
	find('connection').textContent = 'The simulator has stopped.';
});
