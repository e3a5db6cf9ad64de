import { sourceOf } from '../../../lib/directory/changes/eventSource';
import type { Detections } from '../../../lib/directory/changes/changes.types';
import type { EventKind, WatchScope } from '../../../lib/directory/changes/event.types';
import { sightOf } from '../../../lib/directory/changes/sightOf';
import { detections } from '../../../lib/directory/changes/strategies/detections';
import { refuseUnseenEvents } from '../../../lib/directory/changes/unseenEvents';
import type { DomainError } from '../../../lib/domain.errors';
import { FakeDirectory, group, scopeOf } from '../../support/fakeWatch';

const no = (reason: string) => ({ sight: 'no' as const, reason });
const noAdditions = detections('each', { 'group.memberAdded': no('additions are hidden.') });

describe('sightOf', () => {
	it.each<[EventKind, Detections, string]>([
		['user.created', detections('net'), 'net'],
		['user.locked', detections('each', { 'user.locked': no('') }), 'no'],
		['security.privilegedAccessGranted', detections('each'), 'each'],
		[
			'security.privilegedAccessGranted',
			detections('each', { 'group.memberRemoved': { sight: 'net' } }),
			'net',
		],
		['security.privilegedAccessRevoked', noAdditions, 'no'],
		['security.unusualGroupChange', noAdditions, 'each'],
		['security.bulkChange', noAdditions, 'each'],
		['security.bulkChange', detections('no'), 'no'],
		['health.reconciled', detections('no'), 'each'],
	])('%s, %#', (kind, detects, sight) => {
		expect(sightOf({ detects }, kind).sight).toBe(sight);
	});

	it('gives the reasons of what is missing', () => {
		expect(sightOf({ detects: noAdditions }, 'security.privilegedAccessGranted').reason).toBe(
			'additions are hidden.',
		);
	});

	it('is what an event says of its source', async () => {
		const directory = new FakeDirectory();
		directory.strategy.detects = detections('each', { 'user.deleted': { sight: 'net' } });
		const session = await directory.open();
		expect(sourceOf(session, 'user.created').transitions).toBe('each');
		expect(sourceOf(session, 'security.bulkChange').transitions).toBe('net');
	});
});

describe('refuseUnseenEvents', () => {
	const privileged = scopeOf('security.privilegedAccessGranted');
	const refusal = async (
		scope: WatchScope,
		given: { directory?: FakeDirectory; keepsSnapshots?: boolean; ownDn?: string } = {},
	): Promise<Pick<DomainError, 'message' | 'advice'> | undefined> => {
		const session = await (given.directory ?? new FakeDirectory()).open();
		try {
			refuseUnseenEvents({ ...session, ownDn: given.ownDn }, scope, {
				keepsSnapshots: given.keepsSnapshots ?? true,
			});
			return undefined;
		} catch (error) {
			return error as DomainError;
		}
	};
	const withGroups = (): FakeDirectory => {
		const directory = new FakeDirectory();
		directory.privilegedGroups = [group('admins')];
		return directory;
	};

	it('names what is not seen, changes and conclusions alike, with the reason', async () => {
		const directory = withGroups();
		directory.strategy.detects = detections('each', { 'group.memberAdded': no('OTDS hides it.') });
		const scope = scopeOf('user.created', 'group.memberAdded', 'security.privilegedAccessRevoked');
		expect(await refusal(scope, { directory })).toMatchObject({
			message: 'This directory does not let the trigger see: Member Added, Privileged Access Revoked',
			advice: expect.stringMatching(/^OTDS hides it\. The trigger reads changes by fake/) as string,
		});
	});

	it('lets everything pass that is seen', async () => {
		const scope = scopeOf('user.locked', 'security.privilegedAccessGranted', 'security.bulkChange');
		expect(await refusal(scope, { directory: withGroups() })).toBeUndefined();
	});

	it('asks for privileged groups where the directory has no list of its own', async () => {
		expect((await refusal(privileged))?.message).toBe('No privileged groups are chosen');
	});

	it.each<[string, WatchScope, boolean]>([
		['privileged access', privileged, true],
		['nested membership', { ...scopeOf('group.memberAdded'), nested: true }, true],
		['bulk and unusual changes', scopeOf('security.bulkChange', 'security.unusualGroupChange'), false],
		['plain events', scopeOf('group.memberAdded'), false],
	])('without a memory: %s', async (_what, scope, isRefused) => {
		const found = await refusal(scope, { directory: withGroups(), keepsSnapshots: false });
		expect(found !== undefined).toBe(isRefused);
		if (found) expect(found.advice).toMatch(/^To tell .* N8N_DIRECTORY_PUSH_STATE_FOLDER/);
	});

	it('refuses to leave out authors that nobody records', async () => {
		const scope = { ...scopeOf('user.created'), leftOutActors: ['cn=provisioning'] };
		expect((await refusal(scope))?.message).toMatch(/does not tell who made a change/);
		expect(await refusal(scope, { ownDn: 'cn=watcher' })).toBeUndefined();
	});
});
