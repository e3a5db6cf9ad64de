import type { OtdsJson, OtdsPartition } from './otds.types';
import { isFields } from './otdsObject';

/** `{"partitions":[{"name","synchronized"}]}`; how a partition says that it is synchronized is inferred. */
export function partitionsOf(json: OtdsJson | undefined): OtdsPartition[] {
	const listed = isFields(json) ? (json.partitions ?? json.userPartitions) : json;
	return (Array.isArray(listed) ? listed : []).filter(isFields).flatMap((partition) => {
		const name = partition.name ?? partition.id;
		return typeof name === 'string' ? [{ name, synchronized: isSynchronized(partition) }] : [];
	});
}

/** A partition that does not say so counts as synchronized: a refusal can be overridden, a record that an import wiped out cannot. */
function isSynchronized(partition: Record<string, OtdsJson>): boolean {
	const told = [partition.synchronized, partition.isSynchronized, partition.type, partition.partitionType];
	const words = told.find((value) => typeof value === 'boolean' || typeof value === 'string');
	if (words === undefined) return true;
	return !/^(?:false|.*non[-_ ]?sync.*|internal)$/i.test(String(words));
}
