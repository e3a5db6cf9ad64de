import type { SandboxDirectory } from '../directory/sandboxDirectory.types.ts';
import type { FcmEmulator } from '../fcm/fcmEmulator.types.ts';
import type { Notifications, ShownNotification } from './notifications.ts';

export interface Link {
	label: string;
	url: string;
}

export interface InboxOptions {
	/** Folder that holds `sandbox/`: the page's files are read from there. */
	projectRoot: string;
	emulator: FcmEmulator;
	directory: SandboxDirectory;
	/** Default: any free port of 127.0.0.1. */
	port?: number;
	/** Shown at the top, e.g. the workflows in n8n. */
	links?: Link[];
	/** Milliseconds between looks at the directory while somebody watches the page; default one second. */
	pollEveryMs?: number;
}

export interface Inbox {
	/** `http://127.0.0.1:<port>/` */
	readonly url: string;
	readonly notifications: Notifications;
	/** Replaces the links at the top. */
	setLinks(links: Link[]): void;
	/** Taps Acknowledge as the page does. */
	acknowledge(notificationId: string): Promise<ShownNotification>;
	stop(): Promise<void>;
}

/** Everything the page shows. */
export interface PageState {
	/** Absent while the directory answers. */
	directoryProblem?: string;
	people: Array<{ uid: string; name: string; work: string; enabled: boolean; phones: number }>;
	groups: Array<{
		name: string;
		members: Array<{ kind: 'person' | 'group' | 'other'; id: string; name: string }>;
	}>;
	phones: Array<{
		uid: string;
		name: string;
		platform: string;
		app: string;
		notifications: ShownNotification[];
	}>;
	records: Array<{ person: string; messageId: string; action: string; at: string }>;
	push: { outage: string; accepted: number; refused: number };
	links: Link[];
}
