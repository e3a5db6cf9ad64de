import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// n8n-core reads these when it is loaded: import this before it. Without a folder of its own it writes into the home folder.
process.env.N8N_USER_FOLDER ??= mkdtempSync(join(tmpdir(), 'directory-push-n8n-'));
process.env.N8N_LOG_LEVEL ??= 'silent';
