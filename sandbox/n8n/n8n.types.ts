import type { N8nClient } from './n8n.client.ts';

export interface N8nOptions {
	/** Folder that holds package.json of the pack, `sandbox/` and `node_modules/`. */
	projectRoot: string;
	/** N8N_USER_FOLDER: database, settings and the pack live here. An existing one is started as it is. */
	folder: string;
	/** The packed tarball to install; absent when `nodesFolder` is given or the folder already holds the pack. */
	packTarball?: string;
	/** A folder that `installPack` prepared; it is linked, so that several n8n share one installation. */
	nodesFolder?: string;
	/** Default: any free one. */
	port?: number;
	/** Wins over what we set. */
	env?: Record<string, string>;
	/** Milliseconds from start to readiness; default three minutes: the first start creates the database. */
	readyWithinMs?: number;
}

export interface N8n {
	/** `http://127.0.0.1:<port>` */
	readonly url: string;
	readonly port: number;
	readonly folder: string;
	/** Undefined while it is not running. */
	readonly pid: number | undefined;
	/** Signed in as the owner. */
	readonly client: N8nClient;
	/** Everything n8n wrote since it was first started. */
	logs(): string;
	/** The first line that fits from `since` (a length of `logs()`) on; rejects when n8n ends or after `timeoutMs` (30 s). */
	waitForLog(pattern: RegExp, options?: { since?: number; timeoutMs?: number }): Promise<string>;
	/** In good order (SIGTERM); resolves when the process has ended. */
	stop(): Promise<void>;
	/** SIGKILL: as after a power cut. */
	kill(): Promise<void>;
	/** Again on the same folder and port, after stop() or kill(); resolves when ready and signed in. */
	start(): Promise<void>;
}

/** Whose n8n it is; the same in demo and tests. */
export const OWNER = {
	email: 'demo@directory-push.example',
	password: 'Demo-directory-push-1',
	firstName: 'Demo',
	lastName: 'Owner',
} as const;
