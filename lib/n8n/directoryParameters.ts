import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import { DomainError } from '../domain.errors';
import type { AudienceGroup } from '../directory/audience/audience.types';
import type { AttributeCondition, EntryReference } from '../directory/directory.types';

/** Text of a field that an expression may have filled with anything. Absent = ''. @throws DomainError for objects and lists */
export function textParameter(context: IExecuteFunctions, name: string, index: number): string {
	return textOf(context.getNodeParameter(name, index, ''), name);
}

/** @throws DomainError when the field is empty */
export function requiredText(context: IExecuteFunctions, name: string, index: number): string {
	const value = textParameter(context, name, index).trim();
	if (value !== '') return value;
	throw new DomainError(`The field "${name}" is empty`, {
		advice: 'Fill it in, or check its expression: it gave nothing for this item.',
		recovery: 'skip',
		failure: 'configuration-invalid',
	});
}

/** The usual pair `returnAll` and `limit`. @throws DomainError when the limit is no positive whole number */
export function limitParameter(context: IExecuteFunctions, index: number): number {
	if (context.getNodeParameter('returnAll', index, false) === true) return Number.POSITIVE_INFINITY;
	const limit = Number(textParameter(context, 'limit', index));
	if (Number.isInteger(limit) && limit >= 1) return limit;
	throw new DomainError('The limit is not a positive whole number', {
		advice: 'Enter 1 or more, check its expression, or switch on Return All.',
		recovery: 'skip',
		failure: 'configuration-invalid',
	});
}

/** Rows of a fixed collection whose one group of fields is called `values`. */
export function rowsParameter(context: IExecuteFunctions, name: string, index: number): IDataObject[] {
	const collection: unknown = context.getNodeParameter(name, index, {});
	const rows: unknown = isObject(collection) ? collection.values : undefined;
	return Array.isArray(rows) ? rows.filter(isObject) : [];
}

/** A group chosen from the list (its id), by name or by DN. */
export function groupOf(value: unknown): AudienceGroup {
	if (!isObject(value)) {
		const text = textOf(value, 'group');
		return { reference: { by: 'auto', value: text }, label: text };
	}
	const text = textOf(value.value, 'group');
	const label = typeof value.cachedResultName === 'string' ? value.cachedResultName : text;
	switch (value.mode) {
		case 'list':
			return { reference: { by: 'id', value: text }, label: label || text };
		case 'dn':
			return { reference: { by: 'dn', value: text }, label: text };
		default:
			return { reference: { by: 'name', value: text }, label: text };
	}
}

export function conditionOf(row: IDataObject): AttributeCondition {
	return {
		attribute: textOf(row.attribute, 'attribute'),
		operator: 'equals',
		value: textOf(row.value, 'value'),
	};
}

/** The fields `userBy` and `user`. @throws DomainError when the reference is empty */
export function userParameter(context: IExecuteFunctions, index: number): EntryReference {
	const value = requiredText(context, 'user', index);
	return { by: byOf(context.getNodeParameter('userBy', index, 'auto')), value };
}

function byOf(value: unknown): EntryReference['by'] {
	const known: Array<EntryReference['by']> = ['id', 'dn', 'username', 'mail'];
	return known.find((by) => by === value) ?? 'auto';
}

export const isObject = (value: unknown): value is IDataObject =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

function textOf(value: unknown, field: string): string {
	if (value === undefined || value === null) return '';
	if (typeof value === 'string') return value;
	if (typeof value === 'number' || typeof value === 'boolean') return String(value);
	throw new DomainError(`The field "${field}" holds an object or a list, not text`, {
		advice: 'Check its expression: it must give one text.',
		recovery: 'skip',
		failure: 'configuration-invalid',
	});
}
