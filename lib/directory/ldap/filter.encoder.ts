import {
	AndFilter,
	EqualityFilter,
	ExtensibleFilter,
	GreaterThanEqualsFilter,
	LessThanEqualsFilter,
	NotFilter,
	OrFilter,
	PresenceFilter,
	SubstringFilter,
} from 'ldapts';
import type { Filter } from 'ldapts';

import { attributeName } from '../attributeName';
import type { LdapFilter } from './filter';

/** RFC 4511 §4.5.1.7. Values go to the wire as they are, so none needs escaping; ldapts' text filters corrupt bytes ≥ 0x80. */
export function encodeFilter(filter: LdapFilter): Filter {
	switch (filter.kind) {
		case 'and':
			return new AndFilter({ filters: filter.filters.map(encodeFilter) });
		case 'or':
			return new OrFilter({ filters: filter.filters.map(encodeFilter) });
		case 'not':
			return new NotFilter({ filter: encodeFilter(filter.filter) });
		case 'equals':
			return new EqualityFilter({ attribute: attributeName(filter.attribute), value: filter.value });
		case 'greaterOrEqual':
			return new GreaterThanEqualsFilter({
				attribute: attributeName(filter.attribute),
				value: textOf(filter.value),
			});
		case 'lessOrEqual':
			return new LessThanEqualsFilter({
				attribute: attributeName(filter.attribute),
				value: textOf(filter.value),
			});
		case 'substrings':
			return new SubstringFilter({ ...filter, attribute: attributeName(filter.attribute) });
		case 'present':
			return new PresenceFilter({ attribute: attributeName(filter.attribute) });
		case 'extensible':
			return new ExtensibleFilter({
				matchType: attributeName(filter.attribute),
				rule: filter.rule,
				value: filter.value,
			});
	}
}

const textOf = (value: string | Buffer): string =>
	typeof value === 'string' ? value : value.toString('utf8');
