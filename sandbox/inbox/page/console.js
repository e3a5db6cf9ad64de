import { clock, element, fill, post } from '/elements.js';

const find = (id) => document.getElementById(id);

/** Runs what a button asks for and shows why it failed. */
async function attempt(path, body) {
	find('problem').textContent = '';
	try {
		await post(path, body);
		return true;
	} catch (error) {
		find('problem').textContent = error.message;
		return false;
	}
}

export function showConsole({ groups, people, records, push, directoryProblem }) {
	find('directory-problem').textContent =
		directoryProblem === undefined ? '' : `The directory does not answer: ${directoryProblem}`;
	fill(find('groups'), { groups, people }, () => groups.map((group) => groupBox(group, people)));
	fill(find('people'), people, () => people.map(personRow));
	fill(find('records'), records, () =>
		records.length === 0 ? [element('li', { class: 'empty' }, 'None yet')] : records.map(recordRow),
	);
	find('push').textContent = `${push.accepted} accepted, ${push.refused} refused`;
	find('outage').checked = push.outage !== 'none';
	fill(
		find('new-person-group'),
		groups.map(({ name }) => name),
		() => [
			element('option', { value: '' }, 'none'),
			...groups.map(({ name }) => element('option', { value: name }, name)),
		],
	);
}

function groupBox({ name, members }, people) {
	const outside = people.filter(
		({ uid }) => !members.some(({ kind, id }) => kind === 'person' && id === uid),
	);
	const select = element(
		'select',
		{ 'aria-label': `Person to add to ${name}`, 'data-key': `select ${name}` },
		...outside.map(({ uid, name: label, phones }) =>
			element('option', { value: uid }, phones === 0 ? `${label} (no phone)` : label),
		),
	);
	const add = () => attempt('/api/members', { group: name, person: select.value, action: 'add' });
	return element(
		'div',
		{ class: 'group', 'data-group': name },
		element('h3', {}, name),
		element('ul', { class: 'chips' }, ...members.map((member) => chip(name, member))),
		element(
			'p',
			{ class: 'adder' },
			select,
			element(
				'button',
				{
					onclick: add,
					disabled: outside.length === 0,
					'data-key': `add ${name}`,
					'aria-label': `Add to ${name}`,
				},
				'Add',
			),
		),
	);
}

function chip(group, { kind, id, name }) {
	if (kind !== 'person')
		return element('li', { class: 'nested' }, kind === 'group' ? `all of ${name}` : name);
	const remove = () => attempt('/api/members', { group, person: id, action: 'remove' });
	return element(
		'li',
		{},
		name,
		element(
			'button',
			{ onclick: remove, 'data-key': `remove ${group} ${id}`, 'aria-label': `Remove ${name} from ${group}` },
			'×',
		),
	);
}

function personRow({ uid, name, work, enabled, phones }) {
	const toggle = () => attempt('/api/people/enabled', { person: uid, enabled: !enabled });
	return element(
		'li',
		{ class: enabled ? '' : 'disabled' },
		element('span', {}, name, element('small', {}, phones === 0 ? `${work} · no phone` : work)),
		element(
			'button',
			{
				onclick: toggle,
				'data-key': `enabled ${uid}`,
				'aria-label': `${enabled ? 'Disable' : 'Enable'} ${name}`,
			},
			enabled ? 'Disable' : 'Enable',
		),
	);
}

const recordRow = ({ person, action, at, messageId }) =>
	element(
		'li',
		{},
		element('b', {}, person),
		` ${action} `,
		element('time', { datetime: at }, clock(at)),
		element('small', {}, `message ${messageId}`),
	);

find('new-person').addEventListener('submit', async (event) => {
	event.preventDefault();
	const form = event.currentTarget;
	if (await attempt('/api/people', Object.fromEntries(new FormData(form)))) form.reset();
});
find('outage').addEventListener('change', (event) =>
	attempt('/api/push-service', { outage: event.currentTarget.checked ? 'unavailable' : 'none' }),
);
