/** RFC 4511 §4.5.1.7 filters as a tree. Built, never parsed from glued text; the transport encodes it to BER, so no value needs escaping. */
export type LdapFilter =
	| { kind: 'and' | 'or'; filters: LdapFilter[] }
	| { kind: 'not'; filter: LdapFilter }
	| { kind: 'equals' | 'greaterOrEqual' | 'lessOrEqual'; attribute: string; value: string | Buffer }
	| { kind: 'substrings'; attribute: string; initial?: string; any?: string[]; final?: string }
	| { kind: 'present'; attribute: string }
	| { kind: 'extensible'; attribute: string; rule: string; value: string };

export const and = (...filters: LdapFilter[]): LdapFilter =>
	filters.length === 1 && filters[0] ? filters[0] : { kind: 'and', filters };
export const or = (...filters: LdapFilter[]): LdapFilter =>
	filters.length === 1 && filters[0] ? filters[0] : { kind: 'or', filters };
export const not = (filter: LdapFilter): LdapFilter => ({ kind: 'not', filter });
export const equals = (attribute: string, value: string | Buffer): LdapFilter => ({
	kind: 'equals',
	attribute,
	value,
});
export const greaterOrEqual = (attribute: string, value: string): LdapFilter => ({
	kind: 'greaterOrEqual',
	attribute,
	value,
});
export const lessOrEqual = (attribute: string, value: string): LdapFilter => ({
	kind: 'lessOrEqual',
	attribute,
	value,
});
export const present = (attribute: string): LdapFilter => ({ kind: 'present', attribute });
export const contains = (attribute: string, part: string): LdapFilter => ({
	kind: 'substrings',
	attribute,
	any: [part],
});
