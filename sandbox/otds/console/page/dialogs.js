import { element, fill } from './elements.js';

const dialog = document.getElementById('dialog');
/** Draws the open dialog anew after a change. */
let redraw = () => {};

function open(...content) {
	dialog.replaceChildren(...content);
	dialog.showModal();
}
const close = () => dialog.close();
dialog.addEventListener('close', () => {
	redraw = () => {};
});

export const refreshDialog = (state) => redraw(state);

const title = (words) => element('h2', { id: 'dialog-title' }, words);
const problem = () => element('p', { class: 'problem', role: 'alert' });
const button = (words, onclick, attributes = {}) =>
	element('button', { type: 'button', onclick, ...attributes }, words);
const field = (label, name, attributes = {}) =>
	element(
		'label',
		{},
		label,
		' ',
		element('input', { name, maxlength: 200, autocomplete: 'off', ...attributes }),
	);
const choice = (label, name, values) =>
	element(
		'label',
		{},
		label,
		' ',
		element('select', { name }, ...values.map((value) => element('option', {}, value))),
	);

/** A form in the dialog; it closes when what it asks for has worked. */
function openForm(words, fields, action, attempt) {
	const submit = async (event) => {
		event.preventDefault();
		if (await attempt(action, Object.fromEntries(new FormData(event.currentTarget)))) close();
	};
	const buttons = element(
		'footer',
		{},
		button('Cancel', close),
		element('button', { class: 'main' }, 'Create'),
	);
	open(title(words), problem(), element('form', { onsubmit: submit }, ...fields, buttons));
}

export function openPersonForm({ partitions }, attempt) {
	const units = [...new Set(partitions.flatMap(({ orgUnits }) => orgUnits))];
	const fields = [
		field('Login name', 'name', { required: true }),
		field('Display name', 'displayName', { required: true }),
		field('Mail address', 'mail', { type: 'email' }),
		field('Title', 'title', { value: 'Ward Nurse' }),
		field('Department', 'oTDepartment', { value: 'Nursing' }),
		choice(
			'Partition',
			'partition',
			partitions.map(({ name }) => name),
		),
		field('Organizational unit', 'orgUnit', { value: 'users', list: 'units' }),
		element('datalist', { id: 'units' }, ...units.map((value) => element('option', { value }))),
	];
	openForm('New person', fields, 'createPerson', attempt);
}

export function openGroupForm({ partitions }, attempt) {
	const fields = [
		field('Name', 'name', { required: true }),
		choice(
			'Partition',
			'partition',
			partitions.map(({ name }) => name),
		),
	];
	openForm('New group', fields, 'createGroup', attempt);
}

/** Groups, unit, login and deletion of one person. */
export function openPerson({ uuid, name, id }, state, attempt) {
	const groups = element('div');
	const units = element('div');
	redraw = (now) => {
		const person = now.people.find((candidate) => candidate.uuid === uuid);
		// Gone, or no longer within the filter.
		if (!person) return close();
		fill(groups, { person, groups: now.groups }, () => groupLines(person, now, attempt));
		fill(units, { person, partitions: now.partitions }, () => unitLines(person, now, attempt));
	};
	const footer = element('footer', {});
	const ask = () =>
		footer.replaceChildren(
			button(`Yes, delete ${name}`, () => attempt('remove', { uuid }), { class: 'danger', autofocus: true }),
			button('Keep', closed),
		);
	const closed = () =>
		footer.replaceChildren(button('Delete…', ask, { class: 'danger' }), button('Close', close));
	closed();
	const login = button('Log in as this person somewhere', () => attempt('login', { uuid }));
	open(
		title(name),
		element('p', { class: 'hint' }, id),
		problem(),
		element('h3', {}, 'Groups'),
		groups,
		element('h3', {}, 'Organizational unit'),
		units,
		element('h3', {}, 'Activity'),
		login,
		footer,
	);
	redraw(state);
}

function groupLines({ uuid, name, groups }, state, attempt) {
	const others = state.groups.filter((group) => !groups.some((own) => own.uuid === group.uuid));
	const select = element(
		'select',
		{ 'aria-label': 'Group to add to', 'data-key': 'group' },
		...others.map((group) => element('option', { value: group.uuid }, `${group.name} (${group.partition})`)),
	);
	const leave = (group) =>
		button('×', () => attempt('removeFromGroup', { uuid, group: group.uuid }), {
			'aria-label': `Remove ${name} from ${group.name}`,
			'data-key': `leave ${group.uuid}`,
		});
	return [
		element('ul', { class: 'chips' }, ...groups.map((group) => element('li', {}, group.name, leave(group)))),
		element(
			'p',
			{ class: 'adder' },
			select,
			button('Add', () => attempt('addToGroup', { uuid, group: select.value }), {
				disabled: others.length === 0,
				'data-key': 'add',
				'aria-label': 'Add to the group',
			}),
		),
	];
}

function unitLines({ uuid, partition, orgUnit }, { partitions }, attempt) {
	const units = partitions.find(({ name }) => name === partition)?.orgUnits ?? [];
	const input = element('input', {
		value: orgUnit,
		list: 'known-units',
		maxlength: 200,
		'aria-label': 'Organizational unit, a new one or one of the list',
		'data-key': 'unit',
	});
	return [
		element(
			'p',
			{ class: 'adder' },
			input,
			element('datalist', { id: 'known-units' }, ...units.map((value) => element('option', { value }))),
			button('Move', () => attempt('move', { uuid, orgUnit: input.value }), { 'data-key': 'move' }),
		),
	];
}
