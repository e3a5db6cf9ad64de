const REDACTED = '[hidden]';

/** Servers may echo what they were sent. Short secrets are hidden as well: better an odd text than a password in a log. */
export function redact(text: string, secrets: readonly string[]): string {
	return secrets
		.filter((secret) => secret !== '')
		.reduce((shown, secret) => shown.replaceAll(secret, REDACTED), text);
}
