import type { EntryChange, JsonValue } from '../../lib/directory/changes/changes.types';
import type { ChangeEventKind } from '../../lib/directory/changes/event.types';
import { ContractReader } from './contractReader';
import type { ContractAdmin, ContractServer } from './contractServer.types';
import { EVERYTHING } from './contractSetting';
import type { Sentence, Setting } from './contractSetting';
import { crowdSentences } from './sentences/crowd.sentences';
import { deliverySentences } from './sentences/delivery.sentences';
import { groupSentences } from './sentences/group.sentences';
import { personSentences } from './sentences/person.sentences';
import { positionSentences } from './sentences/position.sentences';
import { secrecySentences } from './sentences/secrecy.sentences';

export { EVERYTHING } from './contractSetting';

export interface Skipped {
	reason: string;
	tests: string[];
}

export interface ContractOptions {
	/** Sentences that do not hold by the nature of the strategy. */
	skip?: Skipped[];
	/** A cursor as it would look long ago: what the strategy does only from time to time is due. */
	longAgo?: (cursor: JsonValue) => JsonValue;
	/** Milliseconds a sentence may take; those with hundreds of writes take longest. */
	timeoutMs?: number;
}

/** The sentences that show an event of a kind: where none of them holds, the kind is not seen. */
const SHOWN_BY: Record<ChangeEventKind, string[]> = {
	'user.created': ['tells a creation, with the person'],
	'user.enabled': ['tells an account disabled and enabled'],
	'user.disabled': ['tells an account disabled and enabled'],
	'user.locked': ['tells an account locked and unlocked'],
	'user.unlocked': ['tells an account locked and unlocked'],
	'user.passwordResetRequired': ['tells that a new password is required'],
	'user.updated': ['delivers a change once when nothing fails'],
	'user.moved': ['tells a rename, with the DN before', 'tells a move'],
	'user.deleted': ['tells a deletion'],
	'user.firstDeviceRegistered': ['tells a device that was registered, with its owner'],
	'group.created': ['tells a group created, with its members'],
	'group.deleted': ['tells a group deleted, with its members'],
	'group.memberAdded': ['tells members added and removed'],
	'group.memberRemoved': ['tells members added and removed'],
};
const SHOWS_EACH = 'delivers every one of several changes between two reads';

/**
 * What every change strategy must do. `skip` declares what a strategy cannot do by its nature; the suite then checks that the
 * strategy itself says so, kind by kind.
 */
export function describeChangeStrategy(
	start: () => Promise<ContractServer>,
	{ skip = [], longAgo = (cursor) => cursor, timeoutMs = 60_000 }: ContractOptions = {},
): void {
	const skipped = new Map(skip.flatMap(({ reason, tests }) => tests.map((test) => [test, reason])));
	const sentences = new Set<string>();

	describe('as a change strategy', () => {
		let server: ContractServer;
		let admin: ContractAdmin;
		let reader: ContractReader;
		let people: Pick<Setting, 'ann' | 'guest' | 'nurses'>;

		beforeAll(async () => {
			server = await start();
			({ admin } = server);
			const ann = await admin.addPerson('ann', { title: ['Nurse'] });
			const guest = await admin.addPerson('guest');
			people = { ann, guest, nurses: await admin.addGroup('nurses', [ann]) };
		}, timeoutMs);
		afterAll(async () => {
			await admin.close();
			await server.stop();
		});
		beforeEach(async () => {
			reader = await ContractReader.from(await server.open(EVERYTHING));
		});
		afterEach(() => reader.session.close());

		const readLater = (): Promise<EntryChange[]> => {
			reader.alterCursor(longAgo);
			return reader.read();
		};
		const sentence: Sentence = (name, test) => {
			sentences.add(name);
			const reason = skipped.get(name);
			const run = (): Promise<void> => test({ server, admin, reader, readLater, ...people });
			if (reason === undefined) it(name, run, timeoutMs);
			else it.skip(`${name} (${reason})`, run);
		};

		deliverySentences(sentence);
		personSentences(sentence);
		groupSentences(sentence);
		positionSentences(sentence);
		secrecySentences(sentence);
		crowdSentences(sentence);

		it('says what it cannot detect', () => {
			expect([...skipped.keys()].filter((name) => !sentences.has(name))).toEqual([]);
			const { detects } = reader.strategy;
			const unseen = Object.entries(SHOWN_BY).filter(([, names]) => names.every((name) => skipped.has(name)));
			const declared = Object.entries(detects).filter(([, { sight }]) => sight === 'no');
			expect(declared.map(([kind]) => kind).sort()).toEqual(unseen.map(([kind]) => kind).sort());
			for (const [, { reason }] of declared) expect(reason).toEqual(expect.stringMatching(/\S/));
		});

		it('says whether it sees each transition or the net of them', () => {
			const { detects } = reader.strategy;
			const coalesces = skipped.has(SHOWS_EACH);
			expect(detects['user.updated'].sight).toBe(coalesces ? 'net' : 'each');
			const wrong = coalesces ? Object.entries(detects).filter(([, { sight }]) => sight === 'each') : [];
			expect(wrong).toEqual([]);
		});
	});
}
