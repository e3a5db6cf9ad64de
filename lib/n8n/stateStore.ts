import { access, constants, mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

import type { IDataObject } from 'n8n-workflow';

import type { StateStore } from '../directory/changes/stateStore.types';
import { digest } from '../directory/changes/eventId';
import { SqliteStateStore } from './stateStore.sqlite';
import { StaticDataStateStore } from './stateStore.static';

/** Set by an administrator, never by a workflow: several mains must share it. */
export const STATE_FOLDER_VARIABLE = 'N8N_DIRECTORY_PUSH_STATE_FOLDER';

type Environment = Readonly<Record<string, string | undefined>>;

export function stateFolder(environment: Environment): string {
	const chosen = environment[STATE_FOLDER_VARIABLE]?.trim();
	return chosen || join(environment.N8N_USER_FOLDER || homedir(), '.n8n', 'directory-push');
}

/** Ids of n8n are plain; anything else in them must not lead out of the folder. */
export function stateFile(folder: string, workflowId: string, nodeId: string): string {
	const plain = [workflowId, nodeId].map((id) => id.replace(/[^\w-]/g, '_').slice(0, 60)).join('-');
	return join(folder, `${plain}-${digest([workflowId, nodeId]).slice(0, 8)}.sqlite`);
}

export interface StateOwner {
	workflowId: string;
	nodeId: string;
	staticData: IDataObject;
}

/** The file where it can be written, else static data. `onFallback` says why. */
export async function openStateStore(
	owner: StateOwner,
	environment: Environment,
	onFallback: (reason: string) => void,
): Promise<StateStore> {
	const folder = stateFolder(environment);
	try {
		await mkdir(folder, { recursive: true, mode: 0o700 });
		await access(folder, constants.W_OK);
		return new SqliteStateStore(stateFile(folder, owner.workflowId, owner.nodeId));
	} catch (error) {
		if (!isNotWritable(error)) throw error;
		onFallback(
			`${folder} cannot be written to (${error.code}): the trigger keeps its state in the workflow and repeats its last batch after a restart. Set ${STATE_FOLDER_VARIABLE} to a writable folder.`,
		);
		return new StaticDataStateStore(owner.staticData);
	}
}

const NOT_WRITABLE = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENOENT']);

function isNotWritable(error: unknown): error is { code: string } {
	if (typeof error !== 'object' || error === null || !('code' in error)) return false;
	return typeof error.code === 'string' && NOT_WRITABLE.has(error.code);
}
