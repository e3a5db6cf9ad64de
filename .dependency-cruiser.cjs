/** The layers: face → domain → transport. See docs/architecture.md. */
const only = (name, comment, to, except) => ({
	name,
	comment,
	severity: 'error',
	from: { path: '^(lib|nodes|credentials)/', pathNot: except },
	to: { path: to },
});

module.exports = {
	forbidden: [
		{
			name: 'lib-knows-no-faces',
			comment: 'The domain never imports a node or a credential.',
			severity: 'error',
			from: { path: '^lib/' },
			to: { path: '^(nodes|credentials)/' },
		},
		{
			name: 'domain-knows-no-n8n',
			comment: 'lib/n8n and the faces alone import n8n-workflow and the adapters.',
			severity: 'error',
			from: { path: '^lib/', pathNot: '^lib/n8n/' },
			to: { path: '(^lib/n8n/|node_modules/n8n-)' },
		},
		only(
			'ldapts-in-its-transport',
			'ldapts stays behind the LDAP transport.',
			'node_modules/ldapts',
			'^lib/directory/ldap/',
		),
		only(
			'firebase-in-its-transport',
			'firebase-admin stays behind the FCM transport.',
			'node_modules/(firebase-admin|@firebase)',
			'^lib/push/fcm/',
		),
		only(
			'jose-where-tokens-are',
			'jose signs acknowledgments and FCM assertions.',
			'node_modules/jose',
			'^lib/(acknowledgment|push/fcm)/',
		),
		{
			name: 'transports-load-lazily',
			comment:
				'n8n loads a node without loading a transport: outside a transport its modules are imported dynamically or as types only.',
			severity: 'error',
			from: {
				path: '^(lib|nodes|credentials)/',
				pathNot: '^lib/(directory/(ldap|otds)|push/fcm|directory/changes/strategies)/',
			},
			to: {
				path: '^lib/(directory/(ldap|otds)|push/fcm)/',
				pathNot: '^lib/directory/(ldap/filter|(ldap|otds)/.*\\.types)\\.ts$',
				dependencyTypesNot: ['dynamic-import', 'type-only'],
			},
		},
		{
			name: 'transports-know-no-domain-logic',
			comment:
				'A transport implements ports and may use their types; it does not call the watcher, the audience or the stores.',
			severity: 'error',
			from: { path: '^lib/(directory/(ldap|otds)|push/fcm)/' },
			to: {
				path: '^lib/(directory/(changes|audience|devices|acknowledgments)|acknowledgment)/',
				dependencyTypesNot: ['type-only'],
			},
		},
		{
			name: 'no-circular',
			severity: 'error',
			from: {},
			to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
		},
		{
			name: 'no-orphans',
			comment: 'A file nothing uses.',
			severity: 'error',
			from: { orphan: true, path: '^lib/', pathNot: '\\.types\\.ts$' },
			to: {},
		},
		{
			name: 'product-knows-no-sandbox',
			severity: 'error',
			from: { path: '^(lib|nodes|credentials)/' },
			to: { path: '^(sandbox|test|benchmark)/' },
		},
		{
			name: 'runtime-needs-runtime-dependencies',
			comment: 'What ships may import only what npm installs with it (n8n-workflow is a peer).',
			severity: 'error',
			from: { path: '^(lib|nodes|credentials)/' },
			to: {
				dependencyTypes: ['npm-dev'],
				dependencyTypesNot: ['type-only'],
				pathNot: 'node_modules/n8n-workflow',
			},
		},
	],
	options: {
		doNotFollow: { path: 'node_modules' },
		tsPreCompilationDeps: true,
		tsConfig: { fileName: 'tsconfig.json' },
		enhancedResolveOptions: {
			exportsFields: ['exports'],
			conditionNames: ['import', 'require', 'node', 'default'],
		},
	},
};
