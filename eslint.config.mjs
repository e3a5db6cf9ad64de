import { n8nCommunityNodesPlugin } from '@n8n/eslint-plugin-community-nodes';
import tseslint from 'typescript-eslint';

import nodesBase from './lint/node_modules/eslint-plugin-n8n-nodes-base/dist/index.js';

const community = n8nCommunityNodesPlugin.configs.recommendedWithoutN8nCloudSupport;
const faces = ['nodes/**/*.ts', 'credentials/**/*.ts'];
const typed = [...faces, 'lib/**/*.ts', 'test/**/*.ts', 'sandbox/**/*.ts', 'benchmark/**/*.ts'];

export default tseslint.config(
	{
		ignores: [
			'**/node_modules/**',
			'dist/**',
			'sandbox/.state/**',
			'benchmark/results/**',
			'test/results/**',
		],
	},
	{
		files: typed,
		extends: [tseslint.configs.recommendedTypeChecked],
		languageOptions: {
			parserOptions: { project: './tsconfig.check.json', tsconfigRootDir: import.meta.dirname },
		},
		rules: {
			'no-console': 'error',
			'max-depth': ['error', 4],
			'@typescript-eslint/no-explicit-any': 'error',
			'@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
			'@typescript-eslint/no-floating-promises': 'error',
			'@typescript-eslint/switch-exhaustiveness-check': [
				'error',
				{ considerDefaultExhaustiveForUnions: true },
			],
			'@typescript-eslint/only-throw-error': 'error',
			'@typescript-eslint/require-await': 'off',
			'@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
		},
	},
	// The community lint, in full where n8n's reviewers run it.
	{ ...community, files: [...faces, 'package.json'] },
	{
		files: ['package.json'],
		plugins: { 'n8n-nodes-base': nodesBase },
		languageOptions: { parser: tseslint.parser, parserOptions: { extraFileExtensions: ['.json'] } },
		rules: {
			...nodesBase.configs.community.rules,
			// LDAP, FCM and JOSE clients are what the pack is made of; it cannot be verified for n8n Cloud anyway (sockets).
			'@n8n/community-nodes/no-runtime-dependencies': 'off',
		},
	},
	{
		files: ['nodes/**/*.ts'],
		plugins: { 'n8n-nodes-base': nodesBase },
		rules: {
			...nodesBase.configs.nodes.rules,
			// These two want string literals; the community rule wants NodeConnectionTypes.
			'n8n-nodes-base/node-class-description-inputs-wrong-regular-node': 'off',
			'n8n-nodes-base/node-class-description-outputs-wrong': 'off',
		},
	},
	{
		files: ['credentials/**/*.ts'],
		plugins: { 'n8n-nodes-base': nodesBase },
		rules: {
			...nodesBase.configs.credentials.rules,
			// Wants the name of a page of n8n's own documentation; the community rule wants a full URL.
			'n8n-nodes-base/cred-class-field-documentation-url-miscased': 'off',
		},
	},
	// Outside a node the rules that only make sense in one are off: dependency-cruiser guards the layers there.
	{
		...community,
		files: ['lib/**/*.ts'],
		rules: {
			...community.rules,
			'@n8n/community-nodes/require-node-api-error': 'off',
			'@n8n/community-nodes/no-dangerous-functions': 'off',
			'@n8n/community-nodes/no-hardcoded-secrets': 'off',
			'@n8n/community-nodes/no-dead-files': 'off',
		},
	},
	// The demo talks to a terminal; scripts of the sandbox and benchmarks print.
	{
		files: ['test/**/*.ts', 'sandbox/**/*.ts', 'benchmark/**/*.ts'],
		rules: {
			'@typescript-eslint/no-unsafe-assignment': 'off',
			'@typescript-eslint/no-unsafe-member-access': 'off',
			'@typescript-eslint/unbound-method': 'off',
		},
	},
);
