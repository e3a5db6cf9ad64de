import type { INodeCredentialTestResult } from 'n8n-workflow';

import { DomainError } from '../domain.errors';

/** Fields of a credential as n8n hands them over: anything may be in them. */
export type CredentialFields = Readonly<Record<string, unknown>>;

export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

export const oneOf = <T extends string>(known: readonly T[], value: unknown, otherwise: T): T =>
	known.find((candidate) => candidate === value) ?? otherwise;

/** Seconds of a field as milliseconds, an hour at the most. */
export const milliseconds = (value: unknown, otherwiseSeconds: number): number => {
	const seconds = Number(value);
	return (Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 3600) : otherwiseSeconds) * 1000;
};

export const invalid = (message: string, advice: string): DomainError =>
	new DomainError(message, { advice, recovery: 'abort', failure: 'credential-invalid' });

/** What the editor shows of a credential test that failed. */
export function failedTest(error: unknown): INodeCredentialTestResult {
	if (error instanceof DomainError) return { status: 'Error', message: `${error.message}. ${error.advice}` };
	return { status: 'Error', message: error instanceof Error ? error.message : 'The test failed' };
}
