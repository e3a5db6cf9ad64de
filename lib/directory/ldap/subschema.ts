import type { AttributeDescription } from '../directory.types';
import { isSecretAttribute } from '../attributeName';
import type { LdapConnection } from './ldap.types';

export interface SchemaAttribute extends AttributeDescription {
	/** All names and the OID, lower case. */
	aliases: string[];
	/** False for operational attributes, which a server keeps itself. */
	isUser: boolean;
}

/** attributeTypes of the subschema (RFC 4512 §4.2); empty where the server does not show it. */
export async function readSchema(connection: LdapConnection): Promise<SchemaAttribute[]> {
	const { entry } = await connection.rootDse();
	const dn = entry.first('subschemaSubentry');
	const subschema = dn === undefined ? undefined : await connection.read(dn, ['attributeTypes']);
	const parsed = (subschema?.values('attributeTypes') ?? []).map(parseAttributeType);
	return parsed.filter((attribute) => attribute !== undefined);
}

/** AttributeTypeDescription, RFC 4512 §4.1.2. */
export function parseAttributeType(text: string): SchemaAttribute | undefined {
	const oid = /^\s*\(\s*(\S+)/.exec(text)?.[1];
	const names = quotedAfter('NAME', text);
	const [name] = names;
	if (oid === undefined || name === undefined) return undefined;
	const [description] = quotedAfter('DESC', text);
	return {
		name,
		...(description === undefined || description === '' ? {} : { description }),
		aliases: [...names, oid].map((alias) => alias.toLowerCase()),
		isUser: !/\sUSAGE\s+(directoryOperation|distributedOperation|dSAOperation)\b/.test(text),
	};
}

/** `NAME 'cn'` or `NAME ( 'cn' 'commonName' )`; quotes inside are written `\27` (RFC 4512 §4.1). */
function quotedAfter(keyword: string, text: string): string[] {
	const list = new RegExp(`\\s${keyword}\\s+(\\([^)]*\\)|'[^']*')`).exec(text)?.[1] ?? '';
	return [...list.matchAll(/'([^']*)'/g)].map(([, quoted = '']) =>
		quoted.replace(/\\27/g, "'").replace(/\\5c/gi, '\\'),
	);
}

/** What may be offered to a person: user attributes without secrets, sorted by name. */
export const userAttributes = (schema: readonly SchemaAttribute[]): AttributeDescription[] =>
	schema
		.filter(({ isUser, aliases }) => isUser && !aliases.some(isSecretAttribute))
		.map(({ name, description }) => ({ name, ...(description === undefined ? {} : { description }) }))
		.sort((one, other) => one.name.localeCompare(other.name, 'en'));
