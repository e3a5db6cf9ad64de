import type { WorkflowDocument } from './n8n.client.ts';

/** Value of the parameter `authentication` of the nodes that reach a directory. */
export type ConnectUsing = 'ldap' | 'openTextDirectoryServices';

const NODES = ['n8n-nodes-directory-push.directory', 'n8n-nodes-directory-push.directoryTrigger'];

/** The same workflow on another kind of directory, as an analyst would switch it: Connect Using in each node, nothing else. */
export function connectUsing(document: WorkflowDocument, authentication: ConnectUsing): WorkflowDocument {
	return {
		...document,
		nodes: document.nodes.map((node) =>
			NODES.includes(node.type) ? { ...node, parameters: { ...node.parameters, authentication } } : node,
		),
	};
}
