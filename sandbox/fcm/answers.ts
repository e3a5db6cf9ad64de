import type { Response } from './exchange.types.ts';

export const JSON_TYPE = 'application/json; charset=UTF-8';
const HTML_TYPE = 'text/html; charset=UTF-8';

export function reply(
	response: Response,
	status: number,
	body: string,
	headers: Record<string, string> = {},
): void {
	if (response.destroyed || response.writableEnded) return;
	response.statusCode = status;
	for (const [name, value] of Object.entries({ 'content-type': JSON_TYPE, ...headers }))
		response.setHeader(name, value);
	response.end(body);
}

export const html = (response: Response, status: number, title: string): void =>
	reply(response, status, `<!DOCTYPE html><html lang=en><title>${title}</title><p>${title}</p></html>`, {
		'content-type': HTML_TYPE,
	});

/** Ends early when the client has gone. */
export function pause(milliseconds: number, response: Response): Promise<'over' | 'hungUp'> {
	return new Promise((resolve) => {
		const timer = setTimeout(() => resolve('over'), milliseconds);
		response.once('close', () => {
			clearTimeout(timer);
			resolve('hungUp');
		});
	});
}
