import type { OtdsJson } from '../../lib/directory/otds/otds.types';
import {
	accountStateOf,
	groupOf,
	isTrue,
	membershipsOf,
	objectOf,
	personOf,
	valuesOf,
} from '../../lib/directory/otds/otdsObject';
import { partitionsOf } from '../../lib/directory/otds/otdsPartitions';
import { partitionOf } from '../../lib/directory/otds/otdsPersons';
import { otdsSettings } from '../support/scriptedOtds';

const UUID = '0b7e1c52-3f0a-4f0e-9d52-6a1f2f3c4d5e';
const GROUP = 'aa7e1c52-3f0a-4f0e-9d52-6a1f2f3c4d5e';
const settings = otdsSettings('http://127.0.0.1/otdsws');

const user = (attributes: Record<string, OtdsJson>, own: Record<string, OtdsJson> = {}) =>
	objectOf({
		userPartitionID: 'Staff',
		name: 'ada',
		id: 'ada@Staff',
		uuid: UUID,
		location: `oTPerson=${UUID},orgunit=users,partition=Staff,dc=identity,dc=opentext,dc=net`,
		attributes,
		values: [],
		...own,
	});

describe('An object of OTDS', () => {
	it('is read alike with attributes as keys and as a list', () => {
		const keyed = user({ mail: ['ada@example.org'] });
		const listed = user({}, { attributes: null, values: [{ name: 'mail', values: ['ada@example.org'] }] });
		expect(listed).toEqual(keyed);
		expect(valuesOf(listed, 'MAIL')).toEqual(['ada@example.org']);
	});

	it('gets its uuid and partition from the location where it does not say them', () => {
		const object = user({}, { uuid: null, userPartitionID: null });
		expect(object).toMatchObject({ uuid: UUID, partition: 'Staff' });
	});

	it.each([null, 'text', 7, [], {}, { name: 'ada' }, { uuid: '', location: 'cn=ada,dc=x' }])(
		'is refused when it is %j',
		(json) => {
			expect(() => objectOf(json as OtdsJson)).toThrow('no user, group or role');
		},
	);

	it('keeps attributes of odd names and types as texts', () => {
		const attributes = JSON.parse('{"__proto__":["a"],"constructor":[true,3,null,{}],"x":"one"}') as OtdsJson;
		const object = user({}, { attributes });
		expect(valuesOf(object, '__proto__')).toEqual(['a']);
		expect(valuesOf(object, 'constructor')).toEqual(['true', '3']);
		expect(valuesOf(object, 'x')).toEqual(['one']);
		expect(valuesOf(user({}), 'constructor')).toEqual([]);
	});

	it('takes "false" for false: every value is a text', () => {
		expect(isTrue(['false'])).toBe(false);
		expect(isTrue(['TRUE'])).toBe(true);
		expect(isTrue([])).toBe(false);
	});

	it('tells an account that is enabled from one whose state is not told', () => {
		expect(accountStateOf(user({ accountDisabled: ['false'], pwdReset: ['true'] }), settings)).toEqual({
			enabled: true,
			locked: 'unknown',
			passwordResetRequired: true,
		});
	});

	it('reads the reset flag from the attribute of the settings', () => {
		const object = user({ pwdReset: ['true'], UserMustChangePasswordAtNextSignIn: ['false'] });
		const own = { passwordResetAttribute: 'UserMustChangePasswordAtNextSignIn' };
		expect(accountStateOf(object, own).passwordResetRequired).toBe(false);
	});

	it('becomes a person with the attributes that were asked for, and no secret', () => {
		const object = user({
			cn: ['ada'],
			mail: ['ada@example.org'],
			oTDepartment: ['Surgery'],
			l: ['Bonn'],
			oTExtraAttr9: ['bob@example.org'],
			preferredLanguage: ['de'],
			userPassword: ['x'],
			oTCompany: ['Clinic'],
			accountLockedOut: ['true'],
		});
		expect(personOf(object, settings, ['oTCompany', 'userPassword', 'oTMobile'])).toEqual({
			id: UUID,
			dn: object.location,
			username: 'ada',
			displayName: 'ada',
			mail: 'ada@example.org',
			department: 'Surgery',
			title: undefined,
			location: 'Bonn',
			manager: 'bob@example.org',
			locale: 'de',
			enabled: 'unknown',
			locked: true,
			attributes: { oTCompany: ['Clinic'] },
		});
	});

	it('names its groups by uuid, since their DNs in memberships are not their locations', () => {
		const object = user({
			oTMemberOf: [
				`oTGroup=${GROUP.toUpperCase()},dc=identity,dc=opentext,dc=net`,
				`oTGroup=${GROUP},dc=x`,
				'cn=else',
			],
		});
		expect(membershipsOf(object)).toEqual([GROUP]);
	});

	it('becomes a group of the kind it was found as', () => {
		const object = user({}, { name: 'Nurses', description: 'On wards' });
		expect(groupOf(object, 'role')).toMatchObject({ id: UUID, name: 'Nurses', kind: 'role' });
	});
});

describe('A partition', () => {
	it.each([
		[{ name: 'P', isSynchronized: false, type: 'NON_SYNCHRONIZED' }, false],
		[{ name: 'P', type: 'NON_SYNCHRONIZED' }, false],
		[{ name: 'P', synchronized: true }, true],
		[{ name: 'P', partitionType: 'Synchronized' }, true],
		[{ name: 'P' }, true],
	])('%j is synchronized: %s; one that does not say so counts as if it were', (partition, synchronized) => {
		expect(partitionsOf({ partitions: [partition] })).toEqual([{ name: 'P', synchronized }]);
	});

	it('is found in a DN, commas in its name or not', () => {
		expect(partitionOf('oTPerson=x,orgunit=u,partition=A\\, B,dc=y')).toBe('A, B');
		expect(partitionOf('oTGroup=x,dc=y')).toBe('');
	});
});
