import type { IDataObject, ITriggerFunctions } from 'n8n-workflow';

import { DomainError } from '../domain.errors';
import { isObject } from './directoryParameters';

export type TriggerParameters = Pick<ITriggerFunctions, 'getNodeParameter'>;

/** Expressions may give anything: what is no object counts as an empty one. */
export const objectOf = (value: unknown): IDataObject => (isObject(value) ? value : {});

/** Rows of a fixed collection whose one group of fields is called `values`. */
export function rowsOf(collection: unknown): IDataObject[] {
	const rows: unknown = objectOf(collection).values;
	return Array.isArray(rows) ? rows.filter(isObject) : [];
}

export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

export const textsOf = (value: unknown): string[] =>
	Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string' && item !== '') : [];

/** Within bounds; what is no number counts as not set. */
export function numberOf(value: unknown, otherwise: number, least: number, most: number): number {
	const isSet = typeof value === 'number' || (typeof value === 'string' && value.trim() !== '');
	const number = Number(value);
	return isSet && Number.isFinite(number) ? Math.min(most, Math.max(least, number)) : otherwise;
}

export const misconfigured = (message: string, advice: string): DomainError =>
	new DomainError(message, { advice, recovery: 'abort', failure: 'configuration-invalid' });
