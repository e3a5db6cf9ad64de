export const BASE_DN = 'dc=identity,dc=opentext,dc=net';

const CLASSES = { users: 'oTPerson', groups: 'oTGroup', roles: 'oTRole' } as const;

export const objectClassOf = (kind: keyof typeof CLASSES): string => CLASSES[kind];

/** DN of where an object stands. */
export const locationOf = (
	kind: keyof typeof CLASSES,
	uuid: string,
	orgUnit: string,
	partition: string,
): string => `${CLASSES[kind]}=${uuid},${orgUnitDn(orgUnit, partition)}`;

export const orgUnitDn = (orgUnit: string, partition: string): string =>
	`orgunit=${escape(orgUnit)},${partitionDn(partition)}`;

export const partitionDn = (partition: string): string => `partition=${escape(partition)},${BASE_DN}`;

/** The DN under which memberships name a group: not its location. */
export const membershipDn = (groupUuid: string): string => `oTGroup=${groupUuid},${BASE_DN}`;

/** RFC 4514 §2.4, as far as names of partitions need it. */
const escape = (value: string): string => value.replace(/[,+"\\<>;=]/g, '\\$&');

/** Case and composition do not tell names apart. */
export const folded = (name: string): string => name.normalize('NFC').toLowerCase();

/** The server's clock tells no fractions of a second. */
export const now = (): string => new Date().toISOString().replace(/\.\d+Z$/, 'Z');
