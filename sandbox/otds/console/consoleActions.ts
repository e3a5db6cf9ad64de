import type { JsonBody } from '../bodies.ts';
import { optionalText, requiredText } from '../bodies.ts';
import { badRequest } from '../otds.errors.ts';
import type { OtdsStore } from '../otdsStore.ts';

type Action = (store: OtdsStore, body: JsonBody) => void;

const ATTRIBUTES = ['displayName', 'mail', 'title', 'oTDepartment'];
const LONGEST_TEXT = 200;

const setsFlag =
	(...names: string[]): Action =>
	(store, body) =>
		store.setAttributes(
			text(body, 'uuid'),
			names.map((name) => [name, [String(body.on === true)]]),
		);

/** What the buttons of the page do. */
const ACTIONS: Record<string, Action> = {
	createPerson: (store, body) => {
		const given = ATTRIBUTES.map((name) => [name, optionalText(body, name) ?? ''] as const);
		const attributes = given
			.filter(([, value]) => value !== '')
			.map(([name, value]) => [name, [value]] as const);
		store.add('users', text(body, 'partition'), {
			name: text(body, 'name'),
			orgUnit: optionalText(body, 'orgUnit') || undefined,
			attributes,
		});
	},
	createGroup: (store, body) => {
		store.add('groups', text(body, 'partition'), { name: text(body, 'name') });
	},
	disable: setsFlag('accountDisabled'),
	lock: setsFlag('accountLockedOut'),
	// Switched off, neither of the two flags may still ask for it.
	requireReset: (store, body) =>
		setsFlag(...(body.on === true ? ['pwdReset'] : ['pwdReset', 'UserMustChangePasswordAtNextSignIn']))(
			store,
			body,
		),
	addToGroup: (store, body) => store.addMember(text(body, 'group'), text(body, 'uuid')),
	removeFromGroup: (store, body) => store.removeMember(text(body, 'group'), text(body, 'uuid')),
	move: (store, body) => store.move(text(body, 'uuid'), text(body, 'orgUnit')),
	login: (store, body) => store.login(text(body, 'uuid')),
	remove: (store, body) => store.remove(text(body, 'uuid')),
};

/** @throws Refusal when there is no such action, or the store refuses it */
export function act(store: OtdsStore, body: JsonBody): void {
	const name = text(body, 'action');
	const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
	if (!action) throw badRequest(`There is no action ${name}`);
	action(store, body);
}

function text(body: JsonBody, name: string): string {
	const value = requiredText(body, name).trim();
	if (value.length > LONGEST_TEXT || /[\u0000-\u001f]/.test(value))
		throw badRequest(`${name} has to be a text of one line, of ${LONGEST_TEXT} letters at most`);
	return value;
}
