import type {
	SandboxAcknowledgment,
	SandboxDirectory,
	SandboxGroup,
	SandboxPerson,
} from '../directory/sandboxDirectory.types.ts';
import type { FcmEmulator } from '../fcm/fcmEmulator.types.ts';
import type { Link, PageState } from './inbox.types.ts';
import type { Notifications } from './notifications.ts';

interface DirectoryView {
	people: SandboxPerson[];
	groups: SandboxGroup[];
	acknowledgments: SandboxAcknowledgment[];
	problem?: string;
}

/** Brings together what the directory, the phones and the push service say, and tells listeners when any of it changed. */
export class PageStateSource {
	links: Link[] = [];
	readonly #directory: SandboxDirectory;
	readonly #emulator: FcmEmulator;
	readonly #notifications: Notifications;
	readonly #listeners = new Set<(json: string) => void>();
	readonly #pollEveryMs: number;
	#view: DirectoryView = { people: [], groups: [], acknowledgments: [] };
	#lastJson = '';
	#timer: NodeJS.Timeout | undefined;
	#looking: Promise<void> | undefined;

	constructor(
		directory: SandboxDirectory,
		emulator: FcmEmulator,
		notifications: Notifications,
		pollEveryMs: number,
	) {
		this.#directory = directory;
		this.#emulator = emulator;
		this.#notifications = notifications;
		this.#pollEveryMs = pollEveryMs;
		notifications.onChange(() => this.#tell());
	}

	/** The listener gets the present state at once. Returns how to stop. */
	subscribe(listener: (json: string) => void): () => void {
		this.#listeners.add(listener);
		listener(JSON.stringify(this.state()));
		void this.refresh();
		this.#timer ??= setInterval(() => void this.refresh(), this.#pollEveryMs);
		return () => {
			this.#listeners.delete(listener);
			if (this.#listeners.size === 0) this.close();
		};
	}

	/** Looks at the directory now; several callers share one look. Never rejects: an unreachable directory is part of the state. */
	refresh(): Promise<void> {
		this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
		return this.#looking;
	}

	state(): PageState {
		const { people, groups, acknowledgments, problem } = this.#view;
		const { accepted, refused } = this.#emulator.stats();
		const phones = this.#notifications.phones();
		const { sameKey } = this.#directory;
		const nameOf = (key: string): string => people.find((person) => sameKey(person.key, key))?.name ?? key;
		return {
			...(problem === undefined ? {} : { directoryProblem: problem }),
			people: people.map(({ uid, name, title, department, site, enabled }) => ({
				uid,
				name,
				work: [title, department, site].filter((part) => part !== '').join(' · '),
				enabled,
				phones: phones.filter(({ person }) => person === uid).length,
			})),
			groups: groups.map(({ name, members }) => ({
				name,
				members: members.map((key) => memberOf(key, this.#view, sameKey)),
			})),
			phones: phones.map(({ person, ...phone }) => ({
				uid: person,
				name: people.find(({ uid }) => uid === person)?.name ?? person,
				...phone,
			})),
			records: acknowledgments
				.map(({ personKey, messageId, action, at }) => ({ person: nameOf(personKey), messageId, action, at }))
				.reverse(),
			push: {
				outage: this.#emulator.behaviour().outage,
				accepted,
				refused: Object.values(refused).reduce((sum, count) => sum + count, 0),
			},
			links: this.links,
		};
	}

	close(): void {
		clearInterval(this.#timer);
		this.#timer = undefined;
	}

	async #look(): Promise<void> {
		try {
			const people = await this.#directory.people();
			const groups = await this.#directory.groups();
			this.#view = { people, groups, acknowledgments: await this.#directory.acknowledgments() };
		} catch (error) {
			this.#view = { ...this.#view, problem: error instanceof Error ? error.message : String(error) };
		}
		this.#tell();
	}

	#tell(): void {
		const json = JSON.stringify(this.state());
		if (json === this.#lastJson) return;
		this.#lastJson = json;
		for (const listener of [...this.#listeners]) listener(json);
	}
}

function memberOf(
	key: string,
	{ people, groups }: DirectoryView,
	sameKey: SandboxDirectory['sameKey'],
): PageState['groups'][number]['members'][number] {
	const person = people.find((one) => sameKey(one.key, key));
	if (person) return { kind: 'person', id: person.uid, name: person.name };
	const group = groups.find((one) => sameKey(one.key, key));
	return group ? { kind: 'group', id: group.name, name: group.name } : { kind: 'other', id: key, name: key };
}
