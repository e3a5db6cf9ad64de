import { DomainError } from '../../domain.errors';
import type { AttributeCondition } from '../directory.types';
import { isSecretAttribute } from '../attributeName';
import type { OtdsObject, OtdsSettings } from './otds.types';
import { valuesOf } from './otdsObject';
import { folded } from './otdsLookup';

/** Attributes that OpenText documents for users: they exist, even if nobody has a value. */
export const DOCUMENTED_ATTRIBUTES: readonly string[] = [
	...['cn', 'sn', 'givenName', 'initials', 'displayName', 'description', 'mail', 'title', 'oTDepartment'],
	...['oTCompany', 'oTType', 'oTTelephoneNumber', 'oTMobile', 'oTFaxNumber', 'physicalDeliveryOfficeName'],
	...['street', 'l', 'st', 'c', 'postalCode', 'preferredLanguage', 'birthDate', 'gender'],
	...['accountDisabled', 'accountLockedOut', 'pwdReset', 'UserMustChangePasswordAtNextSignIn', 'oTMemberOf'],
	...['createTimestamp', 'modifyTimestamp', 'oTLastLoginTimestamp', 'passwordChangedTime'],
	...Array.from({ length: 10 }, (_, index) => `oTExtraAttr${index}`),
];

/** What every object has beside its attributes. */
const FIELDS = new Map<string, (object: OtdsObject) => string>([
	['name', ({ name }) => name],
	['userpartitionid', ({ partition }) => partition],
	['location', ({ location }) => location],
]);

/** Conditions that are judged here. Remembers which attributes came by, to tell a typing error from a value that nobody has. */
export class ConditionJudge {
	readonly #conditions: readonly AttributeCondition[];
	readonly #unseen: Map<string, string>;
	#judged = 0;

	/** @throws DomainError for a condition on a secret, which would let a workflow guess it, or one without a value */
	constructor(conditions: readonly AttributeCondition[], settings: Pick<OtdsSettings, 'devicesAttribute'>) {
		refuseSecrets(
			conditions.map(({ attribute }) => attribute),
			settings,
		);
		for (const { attribute, value } of conditions) {
			if (value === '') throw refused(`The condition on "${attribute}" has no value`);
		}
		this.#conditions = conditions;
		const known = new Set([...FIELDS.keys(), ...DOCUMENTED_ATTRIBUTES.map((name) => name.toLowerCase())]);
		this.#unseen = new Map(
			conditions
				.map(({ attribute }): [string, string] => [attribute.toLowerCase(), attribute])
				.filter(([name]) => !known.has(name)),
		);
	}

	/** `title is Nurse and department is Surgery`. */
	get words(): string {
		return this.#conditions.map(({ attribute, value }) => `${attribute} is ${value}`).join(' and ');
	}

	/** Whether all of them hold. */
	holds(object: OtdsObject): boolean {
		this.#judged++;
		if (this.#unseen.size > 0)
			for (const name of Object.keys(object.attributes)) this.#unseen.delete(name.toLowerCase());
		return this.#conditions.every(({ attribute, value }) =>
			valuesIn(object, attribute).some((own) => folded(own) === folded(value)),
		);
	}

	/** @throws DomainError for an attribute that nobody had; to be called once everybody was judged */
	checkNames(): void {
		const [name] = this.#unseen.values();
		if (name !== undefined && this.#judged > 0)
			throw refused(`Nobody in the directory has the attribute "${name}"`);
	}
}

/** The attribute that keeps devices holds their push tokens. @throws DomainError for names whose values must not leave the directory */
export function refuseSecrets(
	names: readonly string[],
	{ devicesAttribute }: Pick<OtdsSettings, 'devicesAttribute'>,
): void {
	const tokens = devicesAttribute.toLowerCase();
	const secret = names.find(
		(name) => isSecretAttribute(name) || name.toLowerCase() === (tokens || undefined),
	);
	if (secret !== undefined)
		throw refused(`The attribute "${secret}" is a secret and can neither be read nor searched`);
}

const valuesIn = (object: OtdsObject, attribute: string): readonly string[] => {
	const field = FIELDS.get(attribute.toLowerCase());
	return field === undefined ? valuesOf(object, attribute) : [field(object)];
};

const refused = (message: string): DomainError =>
	new DomainError(message, {
		advice:
			'Choose the attribute from the list and enter the value it must have. If the field holds an expression, look at what it gives for this item.',
		recovery: 'skip',
		failure: 'configuration-invalid',
	});
