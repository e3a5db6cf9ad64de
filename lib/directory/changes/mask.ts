import type { ChangeEvent, EventUser } from './event.types';

/** What tells the kind of a value stays (`@`, `.`, `,`, `=`), and each word's first letter; nothing else does. */
export function maskText(text: string): string {
	return text.replace(/[\p{L}\p{N}]+/gu, (word) => {
		const [first = '', ...others] = word;
		return first + '•'.repeat(Math.min(others.length, 6));
	});
}

/** In a DN the attribute types stay readable. */
export function maskDn(dn: string): string {
	return dn
		.split(/(?<!\\),/)
		.map((level) => level.replace(/=(.*)$/s, (_match, value: string) => `=${maskText(value)}`))
		.join(',');
}

/** A sample that shows the shape of an event and no person. Groups, and whether an account is enabled, stay as they are. */
export function maskEvent(event: ChangeEvent): ChangeEvent {
	return {
		...event,
		actor: maskNullable(event.actor, maskDn),
		lastModifier: maskNullable(event.lastModifier, maskDn),
		user: event.user && maskUser(event.user),
		changes: event.changes.map(({ attribute, before, after }) => ({
			attribute,
			before: maskValues(before),
			after: maskValues(after),
		})),
	};
}

function maskUser(user: EventUser): EventUser {
	return {
		...user,
		id: maskNullable(user.id, maskText),
		dn: maskNullable(user.dn, maskDn),
		username: maskNullable(user.username, maskText),
		displayName: maskNullable(user.displayName, maskText),
		mail: maskNullable(user.mail, maskText),
		department: maskNullable(user.department, maskText),
		title: maskNullable(user.title, maskText),
		location: maskNullable(user.location, maskText),
		manager: maskNullable(user.manager, maskDn),
	};
}

const maskNullable = (text: string | null, mask: (text: string) => string): string | null =>
	text === null ? null : mask(text);

const maskValues = (values: string[] | 'unknown'): string[] | 'unknown' =>
	values === 'unknown'
		? values
		: values.map((value) => (value.includes('=') ? maskDn(value) : maskText(value)));
