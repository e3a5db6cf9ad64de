import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

/**
 * One verb of a node: its fields and what it does. Files are `nodes/<Node>/actions/<resource>/<verb>.operation.ts`.
 * `Session` is what the node opens once a run (a directory, a sender) and the router closes.
 */
export interface Operation<Session> {
	/** Value of the `operation` parameter, e.g. `find`. */
	name: string;
	/** In the operation dropdown, e.g. `Find`. */
	displayName: string;
	/** In n8n's node panel, e.g. `Find an audience`. */
	action: string;
	description: string;
	/** Fields; `displayOptions` for resource and operation are added by the router. */
	properties: INodeProperties[];
	/** Items that come of input item `index`; the router adds pairedItem and turns errors into item errors. */
	execute?(context: IExecuteFunctions, session: Session, index: number): Promise<INodeExecutionData[]>;
	/** For verbs that must see all items at once (concurrency, one verdict for the run). Sets pairedItem itself. */
	executeAll?(context: IExecuteFunctions, session: Session): Promise<INodeExecutionData[]>;
	/** Looks at all that the run put out, failed items included, e.g. to give the person at the editor a hint. */
	afterRun?(context: IExecuteFunctions, session: Session, output: readonly INodeExecutionData[]): void;
}

export interface Resource<Session> {
	name: string;
	displayName: string;
	operations: Array<Operation<Session>>;
}
