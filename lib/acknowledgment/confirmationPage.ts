import { createHash } from 'node:crypto';

import type { AcknowledgmentAction } from '../directory/acknowledgments/acknowledgmentRecord.types';
import { ACKNOWLEDGMENT_ACTIONS } from './acknowledgmentAction';
import type { AcknowledgmentReply } from './acknowledgmentReply.types';
import { chooseLanguage } from './confirmationText';
import type { ConfirmationText } from './confirmationText';

/** Colours reach WCAG AA (4.5:1 for text, 3:1 for edges) in light and dark; buttons are 48 px high for thumbs. */
const STYLE = `
:root{color-scheme:light dark;--page:#f3f4f6;--card:#fff;--text:#1b1f24;--quiet:#4b5563;--edge:#6b7280;--main:#1d4ed8;--on-main:#fff;--good:#166534;--bad:#b42318}
@media (prefers-color-scheme:dark){:root{--page:#111418;--card:#1c2128;--text:#f0f3f6;--quiet:#b4bcc6;--edge:#8b949e;--main:#9cc2ff;--on-main:#0b1b33;--good:#86e0a0;--bad:#ffa39a}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:flex;align-items:center;justify-content:center;padding:1rem;background:var(--page);color:var(--text);font:1.0625rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;-webkit-text-size-adjust:100%}
main{width:100%;max-width:28rem;padding:1.5rem;border-radius:1rem;background:var(--card);overflow-wrap:anywhere}
h1{margin:0 0 .75rem;font-size:1.5rem;line-height:1.25}
.good h1{color:var(--good)}.bad h1{color:var(--bad)}
p{margin:0 0 1rem;color:var(--quiet)}p:last-child{margin:0}
dl{margin:0 0 1rem}dt{color:var(--quiet);font-size:.875rem}dd{margin:0 0 .5rem;font-weight:600}
form{display:grid;gap:.75rem}
button{min-height:3rem;padding:.625rem 1rem;border:2px solid var(--edge);border-radius:.75rem;background:transparent;color:var(--text);font:inherit;font-weight:600;cursor:pointer}
button.main{border-color:var(--main);background:var(--main);color:var(--on-main)}
button:focus-visible{outline:3px solid var(--main);outline-offset:3px}
`.trim();

/** CSP allows exactly this style, no script, no frame around the page and no form target but ourselves. */
const CONTENT_SECURITY_POLICY = [
	"default-src 'none'",
	`style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
	"form-action 'self'",
	"frame-ancestors 'none'",
	"base-uri 'none'",
].join('; ');

/** For every answer, pages and JSON alike: links are personal, so nothing may keep, index, frame or pass them on. */
export const PROTECTIVE_HEADERS: Readonly<Record<string, string>> = {
	'Content-Security-Policy': CONTENT_SECURITY_POLICY,
	'Cache-Control': 'no-store',
	'Referrer-Policy': 'no-referrer',
	'X-Content-Type-Options': 'nosniff',
	'X-Frame-Options': 'DENY',
	'X-Robots-Tag': 'noindex, nofollow',
};

/**
 * A page without scripts for a phone's browser. `wishes` are languages in the order of preference; the recipient's own, when the
 * token holds one, goes before them.
 */
export function confirmationPage(reply: AcknowledgmentReply, wishes: readonly string[]): string {
	const grant = 'grant' in reply ? reply.grant : undefined;
	const { language, text } = chooseLanguage([grant?.locale, ...wishes]);
	const { heading, explanation } = text.states[reply.status];
	const details = detailsOf(reply, text, language);
	return `<!DOCTYPE html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<meta name="color-scheme" content="light dark">
<title>${escaped(heading)}</title>
<style>${STYLE}</style>
</head>
<body>
<main class="${moodOf(reply)}">
<h1>${escaped(heading)}</h1>
${details}<p>${escaped(explanation)}</p>
${formOf(reply, text)}</main>
</body>
</html>
`;
}

function moodOf({ status }: AcknowledgmentReply): string {
	if (status === 'ask') return 'open';
	return ['recorded', 'alreadyRecorded', 'received'].includes(status) ? 'good' : 'bad';
}

/** Which message, and what was answered when. The title is in whatever language its writer chose: the browser finds its direction. */
function detailsOf(reply: AcknowledgmentReply, text: ConfirmationText, language: string): string {
	const rows: string[] = [];
	if ('grant' in reply && reply.grant.title) {
		rows.push(`<dt>${escaped(text.message)}</dt><dd dir="auto">${escaped(reply.grant.title)}</dd>`);
	}
	if ('at' in reply) {
		rows.push(`<dt>${escaped(text.answer)}</dt><dd>${escaped(text.answers[reply.action])}</dd>`);
		rows.push(
			`<dt>${escaped(text.time)}</dt><dd><time datetime="${escaped(reply.at)}">${escaped(readableTime(reply.at, language))}</time></dd>`,
		);
	}
	return rows.length === 0 ? '' : `<dl>${rows.join('')}</dl>\n`;
}

/** In UTC and saying so: the server does not know where the phone is. */
function readableTime(at: string, language: string): string {
	const time = new Date(at);
	if (Number.isNaN(time.getTime())) return at;
	const format = new Intl.DateTimeFormat(language, {
		dateStyle: 'long',
		timeStyle: 'short',
		timeZone: 'UTC',
	});
	return `${format.format(time)} (UTC)`;
}

/** Posts to the address that shows the page, so that it works behind any proxy. */
function formOf(reply: AcknowledgmentReply, text: ConfirmationText): string {
	if (reply.status === 'ask') {
		const buttons = ACKNOWLEDGMENT_ACTIONS.filter((action) => reply.grant.actions.includes(action)).map(
			(action, index) => button(action, text.buttons[action], index === 0),
		);
		return form(reply.token, buttons);
	}
	if (reply.status === 'tryAgain') return form(reply.token, [button(reply.action, text.tryAgain, true)]);
	return '';
}

function form(token: string, buttons: string[]): string {
	return `<form method="post">
<input type="hidden" name="token" value="${escaped(token)}">
${buttons.join('\n')}
</form>
`;
}

function button(action: AcknowledgmentAction, label: string, main: boolean): string {
	return `<button type="submit" name="action" value="${action}"${main ? ' class="main"' : ''}>${escaped(label)}</button>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
	'&': '&amp;',
	'<': '&lt;',
	'>': '&gt;',
	'"': '&quot;',
	"'": '&#39;',
};

/** For text and quoted attributes. Control characters have no place on a page; NUL would even be an error. */
function escaped(value: string): string {
	return value.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '').replace(/\p{Cc}/gu, ' ');
}
