import { DomainError } from '../../../domain.errors';
import { isBelow } from '../../distinguishedName';
import { showDeleted } from '../../ldap/adControls';
import { present } from '../../ldap/filter';
import type { LdapConnection } from '../../ldap/ldap.types';
import type { Verdict } from '../changes.types';
import type { WatchScope } from '../event.types';
import type { Offer } from './candidate.types';
import { millisecondsOf } from './generalizedTime';

/** Of no interest to whoever did not choose the way by hand. */
export const otherServer = ({ strategy }: WatchScope): Offer => ({
	fits: false,
	reason: strategy === undefined ? '' : 'only Active Directory can be read this way',
});

/** Whose counters a position was read from: they mean nothing on another domain controller, nor on one restored from a backup. */
export interface Controller {
	/** dsServiceName: DN of the controller's settings. */
	server: string;
	/** invocationId of its database, hex; '' where the login may not read it. Changes when the controller is restored. */
	invocation: string;
}

export interface Moment extends Controller {
	/** highestCommittedUSN: moves with every write of this controller. */
	usn: number;
	/** ISO 8601, by the server's clock. */
	at: string;
}

/** The domain controller that answers now (MS-ADTS §3.1.1.3.2). @throws DomainError where it does not tell its position */
export async function controllerNow(connection: LdapConnection): Promise<Moment> {
	const names = ['dsServiceName', 'highestCommittedUSN', 'currentTime'];
	const shown = await connection.read('', names);
	const [server, usn, time] = names.map((name) => shown?.first(name));
	if (server === undefined || usn === undefined || !/^\d{1,15}$/.test(usn)) throw untold();
	const settings = await connection.read(server, ['invocationId']);
	return {
		server,
		invocation: settings?.buffers('invocationId')[0]?.toString('hex') ?? '',
		usn: Number(usn),
		at: new Date(time === undefined ? Date.now() : millisecondsOf(time)).toISOString(),
	};
}

/** Whether counters of `then` hold at `now`. */
export function compareControllers(then: Controller, now: Controller): Verdict {
	if (then.server !== now.server)
		return {
			intact: false,
			reason: `another domain controller answers now (${nameOf(now)} instead of ${nameOf(then)}), and positions hold on one alone`,
		};
	if (then.invocation !== now.invocation)
		return { intact: false, reason: `the domain controller ${nameOf(now)} was restored or made anew` };
	return { intact: true };
}

/** `DC1` of `CN=NTDS Settings,CN=DC1,CN=Servers,…`. */
const nameOf = ({ server }: Controller): string =>
	/^[^,]*,CN=([^,]*)/i.exec(server)?.[1] ?? server.slice(0, 60);

/** In the middle of a session: the watcher starts anew, and finds the position foreign. @throws DomainError */
export function refuseOther(then: Controller, now: Controller): void {
	const verdict = compareControllers(then, now);
	if (verdict.intact) return;
	throw new DomainError(`Changes cannot be read from here on: ${verdict.reason}`, {
		advice:
			'Nothing needs to be done: the trigger compares everything with what it remembers, and goes on from there.',
		recovery: 'retry',
		failure: 'temporarily-unavailable',
	});
}

/** The naming context that holds the base DN; undefined = the base DN lies in none. */
export async function contextOf(connection: LdapConnection): Promise<string | undefined> {
	const { namingContexts, defaultNamingContext } = await connection.rootDse();
	const { baseDn } = connection.settings;
	if (baseDn === '') return defaultNamingContext;
	const above = namingContexts.filter((context) => isBelow(baseDn, context));
	return above.sort((one, other) => other.length - one.length)[0];
}

/** Whether the login may read what is in the container of deleted objects: an ordinary account may not. */
export async function seesDeletedObjects(connection: LdapConnection, context: string): Promise<boolean> {
	const request = {
		base: `CN=Deleted Objects,${context}`,
		scope: 'base' as const,
		filter: present('objectClass'),
		attributes: ['objectClass'],
	};
	for await (const message of connection.messages(request, [showDeleted()]))
		if (message.kind === 'entry' && message.entry.buffers('objectClass').length > 0) return true;
	return false;
}

const untold = (): DomainError =>
	new DomainError('The domain controller does not tell where its changes stand', {
		advice:
			'dsServiceName and highestCommittedUSN of its root DSE must be readable. A proxy in between may hide them: name a domain controller itself in the credential.',
		recovery: 'abort',
		failure: 'configuration-invalid',
	});
