import { escapeDnValue, isDn, parseDn } from '../distinguishedName';
import type { ChangeEvent, EventUser, SecurityFinding } from './event.types';

/** What tells the kind of a value stays (`@`, `.`, `,`, `=`), and each word's first letter; nothing else does. */
export function maskText(text: string): string {
	return text.replace(/[\p{L}\p{N}]+/gu, (word) => {
		const [first = '', ...others] = word;
		return first + '•'.repeat(Math.min(others.length, 6));
	});
}

/** In a DN the attribute types stay readable; a text that is no DN is masked as a text, whatever signs are in it. */
export function maskDn(dn: string): string {
	if (!isDn(dn)) return maskText(dn);
	return parseDn(dn)
		.map((level) =>
			level.map(({ attribute, value }) => `${attribute}=${escapeDnValue(maskText(value))}`).join('+'),
		)
		.join(',');
}

/** A sample that shows the shape of an event and no person. Groups, and whether an account is enabled, stay as they are. */
export function maskEvent(event: ChangeEvent): ChangeEvent {
	return {
		...event,
		actor: maskNullable(event.actor, maskDn),
		lastModifier: maskNullable(event.lastModifier, maskDn),
		user: event.user && maskUser(event.user),
		...(event.security ? { security: maskFinding(event.security) } : {}),
		changes: event.changes.map(({ attribute, before, after }) => ({
			attribute,
			before: maskValues(before),
			after: maskValues(after),
		})),
	};
}

/** Its explanation names groups and numbers only. */
const maskFinding = ({ sample, ...finding }: SecurityFinding): SecurityFinding => ({
	...finding,
	...(sample
		? { sample: sample.map((one) => ({ ...one, userId: maskNullable(one.userId, maskText) })) }
		: {}),
});

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

/** What has one level only may be any text with `=` in it, base64 for example. */
const maskValues = (values: string[] | 'unknown'): string[] | 'unknown' =>
	values === 'unknown'
		? values
		: values.map((value) => (isDn(value) && parseDn(value).length > 1 ? maskDn(value) : maskText(value)));
