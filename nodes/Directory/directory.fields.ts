import type { INodeProperties } from 'n8n-workflow';

/** Fields that several faces of the directory share: one wording, one way to read them. */

const SPECIFY_SEVERAL =
	'Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.';

export const connectUsing: INodeProperties = {
	displayName: 'Connect Using',
	name: 'authentication',
	type: 'options',
	noDataExpression: true,
	default: 'ldap',
	description: 'How to reach the directory. Everything else in this node stays the same.',
	options: [
		{
			name: 'LDAP',
			value: 'ldap',
			description: 'Active Directory, OpenLDAP, 389 Directory Server and other LDAP directories',
		},
		{
			name: 'OpenText Directory Services',
			value: 'openTextDirectoryServices',
			description: 'OTDS 22.1 and later, over its REST interface',
		},
	],
};

/** A list of groups; read by `groupOf`. */
export const groupList = (
	list: Pick<INodeProperties, 'displayName' | 'name' | 'description' | 'displayOptions'>,
	group: string,
): INodeProperties => ({
	...list,
	type: 'fixedCollection',
	typeOptions: { multipleValues: true },
	placeholder: 'Add Group',
	default: {},
	options: [{ displayName: 'Group', name: 'values', values: [groupLocator(group)] }],
});

/** One group, from the list, by name or by DN; read by `groupOf`. */
export const groupLocator = (description: string): INodeProperties => ({
	displayName: 'Group',
	name: 'group',
	type: 'resourceLocator',
	required: true,
	default: { mode: 'list', value: '' },
	description,
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			placeholder: 'Choose a group…',
			typeOptions: { searchListMethod: 'searchGroups', searchable: true },
		},
		{ displayName: 'By Name', name: 'name', type: 'string', placeholder: 'e.g. Nurses' },
		{
			displayName: 'By DN',
			name: 'dn',
			type: 'string',
			placeholder: 'e.g. cn=Nurses,ou=groups,dc=example,dc=org',
		},
	],
});

/** Conditions on attributes, all of which must hold. `value` says how values are compared. */
export const conditionList = (
	list: Pick<INodeProperties, 'displayName' | 'description'>,
	value: string,
): INodeProperties => ({
	...list,
	name: 'conditions',
	type: 'fixedCollection',
	typeOptions: { multipleValues: true },
	placeholder: 'Add Condition',
	default: {},
	options: [
		{
			displayName: 'Condition',
			name: 'values',
			values: [
				{
					displayName: 'Attribute Name or ID',
					name: 'attribute',
					type: 'options',
					typeOptions: { loadOptionsMethod: 'getAttributes' },
					default: '',
					description:
						'Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>',
				},
				{ displayName: 'Equals', name: 'value', type: 'string', default: '', description: value },
			],
		},
	],
});

/** Attributes chosen from the directory's schema. `purpose` is a sentence. */
export const attributeChoice = (
	field: Pick<INodeProperties, 'displayName' | 'name' | 'displayOptions'>,
	purpose: string,
): INodeProperties => ({
	...field,
	type: 'multiOptions',
	typeOptions: { loadOptionsMethod: 'getAttributes' },
	default: [],
	description: `${purpose} ${SPECIFY_SEVERAL}`,
});
