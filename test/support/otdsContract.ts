import { openOtdsWatch } from '../../lib/directory/changes/strategies/otdsWatch.session';
import type { OtdsConnection, OtdsSettings } from '../../lib/directory/otds/otds.types';
import { deviceStoreOf } from '../../lib/directory/devices/deviceStore';
import { openOtdsDirectory } from '../../lib/directory/otds/otdsDirectory';
import { openOtdsConnection } from '../../lib/directory/otds/otdsConnection';
import { startOtdsSimulator } from '../../sandbox/otds/otdsSimulator';
import type { OtdsSimulator } from '../../sandbox/otds/otdsSimulator.types';
import type { ContractAdmin, ContractServer } from '../contract/contractServer.types';

/** Small pages, so that a walk has several. */
export const watchSettings = (
	{ baseUrl, oauth }: Pick<OtdsSimulator, 'baseUrl' | 'oauth'>,
	changes: Partial<OtdsSettings> = {},
): OtdsSettings => ({
	kind: 'otds',
	baseUrl,
	login: { method: 'oauth2', ...oauth },
	verifyCertificate: true,
	partitions: [],
	writesToSynchronized: false,
	conventions: { managerAttribute: 'oTExtraAttr0', localeAttribute: 'preferredLanguage' },
	passwordResetAttribute: 'pwdReset',
	devicesAttribute: 'oTExtraAttr8',
	acknowledgmentsAttribute: 'oTExtraAttr9',
	recordValues: 'several',
	pageSize: 3,
	connectTimeoutMs: 5_000,
	operationTimeoutMs: 10_000,
	...changes,
});

/** The simulator for the contract suite. */
export async function otdsContractServer(): Promise<ContractServer> {
	const otds = await startOtdsSimulator({});
	for (const name of ['p1', 'p2', 'p3', 'p4']) otds.addUser('Staff', { name });
	return {
		admin: new OtdsContractAdmin(otds),
		open: (scope) => openOtdsWatch(watchSettings(otds), scope),
		breakNextRead: () => otds.misbehave({ breakPageAfter: 1 }),
		kill: () => otds.kill(),
		restart: () => otds.restart(),
		stop: () => otds.stop(),
	};
}

/** People and groups go by their uuid. */
class OtdsContractAdmin implements ContractAdmin {
	readonly #connection: OtdsConnection;

	constructor(private readonly otds: OtdsSimulator) {
		this.#connection = openOtdsConnection(watchSettings(otds));
	}

	async addPerson(
		name: string,
		{ userPassword, ...attributes }: Record<string, string[]> = {},
	): Promise<string> {
		return this.otds.addUser('Staff', { name, password: userPassword?.[0], attributes }).uuid;
	}

	async addGroup(name: string, members: string[]): Promise<string> {
		const { uuid } = this.otds.addGroup('Staff', { name });
		await this.addMembers(uuid, members);
		return uuid;
	}

	async addMembers(group: string, members: string[]): Promise<void> {
		for (const member of members) this.otds.addMember(group, member);
	}

	async removeMembers(group: string, members: string[]): Promise<void> {
		for (const member of members) this.otds.removeMember(group, member);
	}

	async replace(person: string, attribute: string, values: string[]): Promise<void> {
		this.otds.setAttribute(person, attribute, values);
	}

	async setPassword(person: string, password: string): Promise<void> {
		const id = this.otds.stored(person)?.id ?? person;
		await this.#connection.send('PUT', ['users', id, 'password'], { newPassword: password });
	}

	async disable(person: string): Promise<void> {
		this.otds.setEnabled(person, false);
	}

	async enable(person: string): Promise<void> {
		this.otds.setEnabled(person, true);
	}

	async lock(person: string): Promise<void> {
		this.otds.setAttribute(person, 'accountLockedOut', ['true']);
	}

	async unlock(person: string): Promise<void> {
		this.otds.setAttribute(person, 'accountLockedOut', ['false']);
	}

	async requirePasswordReset(person: string): Promise<void> {
		this.otds.setAttribute(person, 'pwdReset', ['true']);
	}

	async rename(entry: string, name: string): Promise<string> {
		this.otds.rename(entry, name);
		return entry;
	}

	async move(entry: string, unit: string): Promise<string> {
		this.otds.move(entry, unit);
		return entry;
	}

	async addDevice(owner: string, name: string): Promise<void> {
		const { client, records, close } = openOtdsDirectory(watchSettings(this.otds));
		const person = await client.person({ by: 'dn', value: this.memberValue(owner) });
		if (!person) throw new Error(`nobody has the uuid ${owner}`);
		await deviceStoreOf(records).register(person, { token: `token-of-${name}`, platform: 'android' });
		await close();
	}

	async nest(group: string, inside: string): Promise<void> {
		this.otds.addMember(inside, group);
	}

	async unnest(group: string, inside: string): Promise<void> {
		this.otds.removeMember(inside, group);
	}

	async remove(entry: string): Promise<void> {
		this.otds.remove(entry);
	}

	async logIn(person: string): Promise<void> {
		this.otds.login(person);
	}

	memberValue(person: string): string {
		const location = this.otds.stored(person)?.location;
		if (location === undefined) throw new Error(`nobody has the uuid ${person}`);
		return location;
	}

	close(): Promise<void> {
		return this.#connection.close();
	}
}
