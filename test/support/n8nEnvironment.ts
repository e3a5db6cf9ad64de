import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// n8n-core reads these when it is loaded, so this is imported before it; without them it writes into the home folder. One folder
// a worker, used again by later runs: n8n-core keeps nothing in it but a key.
const folder = join(tmpdir(), `directory-push-n8n-worker-${process.env.JEST_WORKER_ID ?? '0'}`);
mkdirSync(folder, { recursive: true });
process.env.N8N_USER_FOLDER ??= folder;
process.env.N8N_LOG_LEVEL ??= 'silent';
