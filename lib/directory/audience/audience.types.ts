import type { AttributeCondition, EntryReference } from '../directory.types';

export interface AudienceGroup {
	reference: EntryReference;
	/** How the analyst knows the group; for messages. */
	label: string;
}

/** Whom to find. Groups and conditions narrow each other: a person must be in one of the groups AND meet every condition. */
export interface AudienceRule {
	groups: AudienceGroup[];
	/** Also members of groups inside the groups. */
	nested: boolean;
	conditions: AttributeCondition[];
	onlyWithDevice: boolean;
	onlyEnabled: boolean;
	/** Extra attributes to return in `Recipient.attributes`. */
	attributes: string[];
	/** At most this many recipients. */
	limit?: number;
}
