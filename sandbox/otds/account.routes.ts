import { randomUUID } from 'node:crypto';

import { requiredText } from './bodies.ts';
import type { JsonBody } from './bodies.ts';
import type { Answer, Route, Server } from './exchange.types.ts';
import { ok } from './exchange.types.ts';
import type { Login } from './logins.ts';
import { sameText } from './logins.ts';
import { jsonOf } from './objectJson.ts';
import { Refusal, unauthenticated } from './otds.errors.ts';
import type { StoredObject } from './stored.types.ts';

/** How a refused login is answered: which of them real servers use is inferred. */
export type FailedLogins = 'status' | 'body';

export interface SpecialUser {
	userName: string;
	password: string;
}

/** `{user, isAdmin, isSysAdmin}` */
export const currentUserRoute = ({ store }: Server): Route => ({
	method: 'GET',
	path: 'currentuser',
	answer: ({ login }) => {
		const user = login.uuid === undefined ? undefined : store.find(login.uuid);
		const json = user ? jsonOf(user, 'list', store.isGroup) : JSON.stringify(standIn(login));
		const isSysAdmin = login.administers === 'everything';
		const isAdmin = isSysAdmin || login.administers.length > 0;
		return { status: 200, json: `{"user":${json},"isAdmin":${isAdmin},"isSysAdmin":${isSysAdmin}}` };
	},
});

/** The administrator and clients are no users of a partition; their own partitions are not listed. */
function standIn({ name }: Login): object {
	const at = name.lastIndexOf('@');
	const partition = at < 0 ? 'OAuthClients' : name.slice(at + 1);
	return {
		userPartitionID: partition,
		name: at < 0 ? name : name.slice(0, at),
		id: at < 0 ? `${name}@${partition}` : name,
		values: [],
		attributes: {},
		description: null,
		objectClass: 'oTPerson',
		customAttributes: null,
	};
}

/** Accounts of users: logs in with name and password. */
export class AccountLogin {
	readonly #server: Server;
	readonly #admin: SpecialUser;
	/** uuid → partitions. */
	readonly administrations = new Map<string, readonly string[]>();
	failedLogins: FailedLogins = 'status';
	/** A second factor is asked for after every right password. */
	secondFactor = false;

	constructor(server: Server, admin: SpecialUser) {
		this.#server = server;
		this.#admin = admin;
	}

	/** POST /rest/authentication/credentials */
	answer(body: JsonBody): Answer {
		const userName = requiredText(body, 'userName');
		const password = requiredText(body, 'password');
		if (userName === this.#admin.userName && sameText(password, this.#admin.password))
			return this.#welcome({ name: userName, administers: 'everything' });
		const user = this.#userNamed(userName);
		if (user?.password === undefined || !sameText(user.password, password))
			return this.#refuse('Invalid user name or password');
		const is = (flag: string): boolean => user.attributes.get(flag)?.[0] === 'true';
		if (is('accountDisabled') || is('accountLockedOut'))
			return this.#refuse('The account is disabled or locked');
		const mustReset = is('pwdReset') || is('UserMustChangePasswordAtNextSignIn');
		if (mustReset) return continuation(user.id, 'PasswordReset');
		const partitions = this.administrations.get(user.uuid) ?? [];
		this.#server.store.login(user.uuid);
		return this.#welcome({ name: user.id, uuid: user.uuid, administers: partitions });
	}

	#userNamed(name: string): StoredObject | undefined {
		try {
			return this.#server.store.named('users', name);
		} catch (error) {
			if (error instanceof Refusal) return undefined;
			throw error;
		}
	}

	#welcome(login: Login): Answer {
		if (this.secondFactor) return continuation(login.name, 'SecondFactor');
		const ticket = this.#server.logins.issue(login, 'ticket');
		return ok({ ...EMPTY, token: randomUUID(), userId: login.name, ticket });
	}

	#refuse(reason: string): Answer {
		if (this.failedLogins === 'status') throw unauthenticated(reason);
		return ok({ ...EMPTY, failureReason: reason });
	}
}

/** What has to be done before a ticket is given; the words of `continuationContext` are inferred. */
const continuation = (userId: string, continuationContext: string): Answer =>
	ok({ ...EMPTY, userId, continuation: true, continuationContext });

const EMPTY = {
	token: null,
	userId: null,
	ticket: null,
	resourceID: null,
	failureReason: null,
	passwordExpirationTime: 0,
	continuation: false,
	continuationContext: null,
	continuationData: null,
};
