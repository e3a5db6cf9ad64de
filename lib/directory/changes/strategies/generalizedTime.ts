import { DomainError } from '../../../domain.errors';

/** RFC 4517 §3.3.13 in UTC, as servers write their own timestamps: `20261124060329Z`, `20261124060329.590734Z`. */
const FORM = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(?:[.,](\d+))?Z$/;

export function millisecondsOf(timestamp: string): number {
	const match = FORM.exec(timestamp);
	if (!match) {
		throw new DomainError(`"${timestamp.slice(0, 60)}" is not a time that a directory writes`, {
			advice:
				'The server keeps its modification times in an unusual form: report it with the name and version of the server.',
			recovery: 'abort',
			failure: 'configuration-invalid',
		});
	}
	const [, year, month, day, hour, minute, second, fraction = ''] = match;
	const whole = Date.UTC(
		Number(year),
		Number(month) - 1,
		Number(day),
		Number(hour),
		Number(minute),
		Number(second),
	);
	return whole + Number(fraction.slice(0, 3).padEnd(3, '0'));
}

/** Whole seconds: every server takes that form. */
export function timestampOf(milliseconds: number): string {
	return `${new Date(milliseconds).toISOString().slice(0, 19).replace(/[-:T]/g, '')}Z`;
}
