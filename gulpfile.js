/** Copies what tsc does not: icons and codex JSON. Nothing else belongs here. */
const { dest, src } = require('gulp');

// No braces at the front: gulp would walk the whole folder, node_modules included, to expand them.
const ASSETS = ['nodes/**/*.svg', 'nodes/**/*.node.json', 'credentials/**/*.svg'];

const assets = () => src(ASSETS, { base: '.', encoding: false, allowEmpty: true }).pipe(dest('dist'));

module.exports = { default: assets, 'build:assets': assets };
