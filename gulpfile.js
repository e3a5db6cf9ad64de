/** Copies what tsc does not: icons and codex JSON. Nothing else belongs here. */
const { dest, src } = require('gulp');

const assets = () =>
	src(['{nodes,credentials}/**/*.{svg,png}', '{nodes,credentials}/**/*.node.json'], { encoding: false }).pipe(
		dest('dist'),
	);

module.exports = { default: assets, 'build:assets': assets };
