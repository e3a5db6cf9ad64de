/** Every suite runs on the sources through swc; ESM-only dependencies (jose, …) are transformed as well. */
const transform = {
	'^.+\\.(t|j|mj)s$': [
		'@swc/jest',
		{ jsc: { parser: { syntax: 'typescript' }, target: 'es2023' }, module: { type: 'commonjs' } },
	],
};
const project = (displayName, extra = {}) => ({
	displayName,
	testMatch: [`<rootDir>/test/${displayName}/**/*.test.ts`],
	testEnvironment: 'node',
	transform,
	// import() in the sources names files as Node sees them (.js); here they are still TypeScript.
	moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': ['$1', '$1.js'] },
	transformIgnorePatterns: ['/node_modules/(?!(jose|ldapts)/)'],
	modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/sandbox/node_modules', '<rootDir>/sandbox/.state'],
	...extra,
});

module.exports = {
	// Real servers on a busy machine take their time; nothing is asserted about it.
	testTimeout: 60_000,
	projects: [project('unit'), project('contract'), project('integration'), project('e2e')],
};
