/** Installs n8n into sandbox/ unless it is there: by hand, or before tests that must not wait for a download. */
import { join } from 'node:path';

import { installN8n } from './n8n.ts';

await installN8n(join(import.meta.dirname, '..'), (line) => void process.stdout.write(`${line}\n`));
