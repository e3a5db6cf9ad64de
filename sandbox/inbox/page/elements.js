/**
 * Builds an element. Texts go in as text nodes, never as markup: whatever a directory or a message holds is shown, not run.
 * @param {string} name
 * @param {Record<string, unknown>} [attributes] `on…` are listeners; true and false set or leave out an attribute
 * @param {...(Node | string)} children
 */
export function element(name, attributes = {}, ...children) {
	const made = document.createElement(name);
	for (const [key, value] of Object.entries(attributes)) {
		if (typeof value === 'function') made.addEventListener(key.slice(2), value);
		else if (value === true) made.setAttribute(key, key.startsWith('aria-') ? 'true' : '');
		else if (value !== false && value !== undefined) made.setAttribute(key, String(value));
	}
	made.append(...children);
	return made;
}

const shown = new Map();

/**
 * Fills a place anew, but only when its state changed, and gives the focus back to the control (`data-key`) that had it.
 * @param {Element} place
 * @param {unknown} state
 * @param {() => (Node | string)[]} build
 */
export function fill(place, state, build) {
	const json = JSON.stringify(state);
	if (shown.get(place) === json) return;
	shown.set(place, json);
	const key = place.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
	place.replaceChildren(...build());
	if (key !== undefined) place.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
}

/** Posts JSON; rejects with the server's own words. */
export async function post(path, body) {
	const response = await fetch(path, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify(body),
	});
	const answer = await response.json();
	if (!response.ok) throw new Error(answer.message ?? `The sandbox answered ${response.status}`);
	return answer;
}

export const clock = (iso) => new Date(iso).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
