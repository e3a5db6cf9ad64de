import type { Readable } from 'node:stream';

export type Body = { text: string } | { problem: 'tooLarge' | 'broken' };

/** The whole body; 'broken' when the client went away in the middle. @param limit bytes */
export function readBody(request: Readable, limit: number): Promise<Body> {
	return new Promise((resolve) => {
		const chunks: Buffer[] = [];
		let size = 0;
		request.on('data', (chunk: Buffer) => {
			size += chunk.length;
			if (size <= limit) chunks.push(chunk);
			else resolve({ problem: 'tooLarge' });
		});
		request.on('end', () => resolve({ text: Buffer.concat(chunks).toString() }));
		for (const ending of ['error', 'aborted', 'close'])
			request.on(ending, () => resolve({ problem: 'broken' }));
	});
}
