import type {
	ChangePage,
	ChangeStrategy,
	EntryChange,
	JsonValue,
	SnapshotWrite,
	WatchSession,
} from '../../lib/directory/changes/changes.types';
import { GROUP_EVENTS, PERSON_EVENTS } from '../../lib/directory/changes/event.types';
import type { WatchScope } from '../../lib/directory/changes/event.types';
import { SnapshotMemory } from '../support/snapshotMemory';
import type { ContractAdmin, ContractServer } from './contractServer.types';

export interface Skipped {
	reason: string;
	tests: string[];
}

export const EVERYTHING: WatchScope = {
	events: new Set([...PERSON_EVENTS, ...GROUP_EVENTS]),
	base: '',
	conditions: [],
	groups: [],
	attributes: ['title'],
};

/** A strategy with what a consumer keeps for it: the cursor and the snapshots it committed. */
class Reader {
	readonly snapshots = new SnapshotMemory();
	#cursor: JsonValue = null;

	private constructor(public session: WatchSession) {}

	static async from(session: WatchSession): Promise<Reader> {
		const reader = new Reader(session);
		reader.#cursor = await session.strategy.position();
		for await (const writes of session.strategy.baseline()) reader.snapshots.write(writes);
		return reader;
	}

	get strategy(): ChangeStrategy {
		return this.session.strategy;
	}

	get cursor(): JsonValue {
		return this.#cursor;
	}

	/** Everything up to now. The cursor and snapshots go through text, as in a store. */
	async read(handOff: (changes: EntryChange[]) => Promise<void> = async () => {}): Promise<EntryChange[]> {
		const changes: EntryChange[] = [];
		for await (const page of this.strategy.read(this.#cursor, this.snapshots)) {
			await handOff(page.changes);
			this.#commit(page);
			changes.push(...page.changes);
		}
		return changes;
	}

	#commit(page: ChangePage<JsonValue>): void {
		this.#cursor = JSON.parse(JSON.stringify(page.cursor)) as JsonValue;
		this.snapshots.write(JSON.parse(JSON.stringify(page.snapshots)) as SnapshotWrite[]);
	}
}

/**
 * What every change strategy must do. `skip` declares what a strategy cannot do by its nature; the suite then checks that the
 * strategy itself says so.
 */
export function describeChangeStrategy(
	start: () => Promise<ContractServer>,
	{ skip = [] }: { skip?: Skipped[] } = {},
): void {
	const skipped = new Map(skip.flatMap(({ reason, tests }) => tests.map((test) => [test, reason])));
	const sentence = (name: string, test: () => Promise<void>): void => {
		const reason = skipped.get(name);
		if (reason === undefined) it(name, test);
		else it.skip(`${name} (${reason})`, test);
	};

	describe('as a change strategy', () => {
		let server: ContractServer;
		let admin: ContractAdmin;
		let reader: Reader;
		let ann: string;
		let guest: string;
		let nurses: string;

		beforeAll(async () => {
			server = await start();
			({ admin } = server);
			ann = await admin.addPerson('ann', { title: ['Nurse'] });
			guest = await admin.addPerson('guest');
			nurses = await admin.addGroup('nurses', [ann]);
		});
		afterAll(async () => {
			await admin.close();
			await server.stop();
		});
		beforeEach(async () => {
			reader = await Reader.from(await server.open(EVERYTHING));
		});
		afterEach(() => reader.session.close());

		const titles = (changes: EntryChange[]): unknown[] =>
			changes.flatMap(({ attributes }) => attributes.map(({ after }) => after));

		sentence('does not replay what existed before it started', async () => {
			expect(await reader.read()).toEqual([]);
		});

		sentence('delivers a change once when nothing fails', async () => {
			await admin.replace(ann, 'title', ['once']);
			expect(titles(await reader.read())).toEqual([['once']]);
			expect(await reader.read()).toEqual([]);
		});

		sentence('delivers a second change within the same second', async () => {
			await admin.replace(ann, 'title', ['first']);
			expect(titles(await reader.read())).toEqual([['first']]);
			await admin.replace(ann, 'title', ['second']);
			expect(titles(await reader.read())).toEqual([['second']]);
		});

		sentence('delivers every one of several changes between two reads', async () => {
			for (const title of ['a', 'b', 'c']) await admin.replace(ann, 'title', [title]);
			expect(titles(await reader.read())).toEqual([['a'], ['b'], ['c']]);
		});

		sentence('delivers a change made while a slow read is running', async () => {
			await admin.replace(ann, 'title', ['before']);
			const during = await reader.read(() => admin.replace(ann, 'title', ['during']));
			const after = await reader.read();
			expect(titles([...during, ...after])).toEqual([['before'], ['during']]);
		});

		sentence('loses nothing when a read fails', async () => {
			await admin.replace(ann, 'title', ['kept']);
			await reader.session.close();
			await expect(reader.read()).rejects.toThrow();
			reader.session = await server.open(EVERYTHING);
			expect(titles(await reader.read())).toEqual([['kept']]);
		});

		sentence('delivers again, with the same change id, when the hand-off failed', async () => {
			await admin.replace(ann, 'title', ['again']);
			const ids: string[] = [];
			const refuse = async (changes: EntryChange[]): Promise<void> => {
				ids.push(...changes.map(({ changeId }) => changeId));
				throw new Error('the hand-off failed');
			};
			await expect(reader.read(refuse)).rejects.toThrow('the hand-off failed');
			const changes = await reader.read();
			expect(titles(changes)).toEqual([['again']]);
			expect(changes.map(({ changeId }) => changeId)).toEqual(ids);
		});

		sentence('survives a restart of the server and of itself', async () => {
			await admin.replace(ann, 'title', ['before the restart']);
			await server.kill();
			await server.restart();
			await admin.replace(ann, 'title', ['after the restart']);
			await reader.session.close();
			reader.session = await server.open(EVERYTHING);
			expect(await reader.strategy.verify(reader.cursor)).toEqual({ intact: true });
			expect(titles(await reader.read()).at(-1)).toEqual(['after the restart']);
		});

		sentence('keeps its cursor JSON-serialisable', async () => {
			expect(JSON.parse(JSON.stringify(reader.cursor))).toEqual(reader.cursor);
			await admin.replace(ann, 'title', ['serial']);
			await reader.read();
			expect(JSON.parse(JSON.stringify(reader.cursor))).toEqual(reader.cursor);
		});

		sentence('tells a creation, with the person', async () => {
			const uid = `ben${Date.now()}`;
			await admin.addPerson(uid, { mail: [`${uid}@example.org`] });
			expect(await reader.read()).toMatchObject([
				{ operation: 'created', person: { username: uid, mail: `${uid}@example.org` } },
			]);
		});

		sentence('tells members added and removed', async () => {
			await admin.addMembers(nurses, [guest]);
			const [added] = await reader.read();
			await admin.removeMembers(nurses, [guest]);
			const [removed] = await reader.read();
			const value = admin.memberValue(guest);
			expect(added).toMatchObject({
				group: { name: 'nurses' },
				members: { added: [{ value }], removed: [] },
			});
			expect(removed).toMatchObject({ members: { added: [], removed: [{ value }] } });
		});

		sentence('names the same happening differently when it happens again', async () => {
			const ids: string[] = [];
			for (let round = 0; round < 2; round++) {
				for (const work of [
					() => admin.disable(ann),
					() => admin.enable(ann),
					() => admin.addMembers(nurses, [guest]),
					() => admin.removeMembers(nurses, [guest]),
				]) {
					await work();
					ids.push(...(await reader.read()).map(({ changeId }) => changeId));
				}
			}
			expect(ids).toHaveLength(8);
			expect(new Set(ids).size).toBe(8);
		});

		sentence('takes a login for no news', async () => {
			await admin.logIn(ann);
			expect(await reader.read()).toEqual([]);
		});

		sentence('tells nothing by halves when a read breaks off, and loses nothing', async () => {
			const dee = await admin.addPerson('dee');
			await reader.read();
			await admin.remove(dee);
			await admin.replace(ann, 'title', ['broken off']);
			server.breakNextRead?.();
			const told: EntryChange[] = [];
			await expect(reader.read(async (changes) => void told.push(...changes))).rejects.toThrow();
			expect(told).toEqual([]);
			const changes = await reader.read();
			expect(changes.map(({ operation }) => operation).sort()).toEqual(['deleted', 'modified']);
		});

		sentence('tells an account disabled and enabled', async () => {
			await admin.disable(ann);
			const [disabled] = await reader.read();
			await admin.enable(ann);
			const [enabled] = await reader.read();
			expect(disabled?.account).toMatchObject({ before: { enabled: true }, after: { enabled: false } });
			expect(enabled?.account).toMatchObject({ before: { enabled: false }, after: { enabled: true } });
		});

		sentence('tells a deletion', async () => {
			const cem = await admin.addPerson('cem');
			await reader.read();
			await admin.remove(cem);
			expect(await reader.read()).toMatchObject([{ operation: 'deleted', person: { username: 'cem' } }]);
		});

		sentence('never lets a password out, whatever is watched', async () => {
			for (const attributes of [['userPassword'], ['userPassword;x-hidden', 'title']]) {
				await expect(server.open({ ...EVERYTHING, attributes })).rejects.toThrow('is a secret');
			}
			for (const attributes of [[], ['title']]) {
				const watching = await Reader.from(await server.open({ ...EVERYTHING, attributes }));
				await admin.addPerson(`dora${attributes.length}${Date.now()}`, { userPassword: ['s3cr3t'] });
				await admin.setPassword(ann, 's3cr3t');
				await admin.replace(ann, 'title', [`seen ${attributes.join()}`]);
				const changes = await watching.read();
				await watching.session.close();
				expect(changes.length).toBeGreaterThan(0);
				const kept = JSON.stringify([
					changes.map(({ attributes: news }) => news),
					changes,
					watching.snapshots,
				]);
				expect(kept).not.toMatch(/s3cr3t|"userPassword"/i);
			}
		});

		it('says what it cannot detect', () => {
			const { detects } = reader.strategy;
			const cannot = (name: string): boolean => skipped.has(name);
			expect(detects['user.deleted'].sight === 'no').toBe(cannot('tells a deletion'));
			const coalesces = cannot('delivers every one of several changes between two reads');
			expect(detects['user.updated'].sight).toBe(coalesces ? 'net' : 'each');
			for (const { sight, reason } of Object.values(detects)) {
				if (sight === 'no') expect(reason).toEqual(expect.stringMatching(/\S/));
			}
		});
	});
}
