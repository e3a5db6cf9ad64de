/** The simulator in a process of its own, so that its memory and its work are not taken for ours. Started by otds.bench.ts. */
import { startOtdsSimulator } from '../sandbox/otds/otdsSimulator.ts';

export interface ServerReady {
	baseUrl: string;
	clientId: string;
	clientSecret: string;
}

const [people = 0, groups = 0] = process.argv.slice(2).map(Number);
const otds = await startOtdsSimulator();
const teams = Array.from({ length: groups }, (_, index) =>
	otds.addGroup('Staff', { name: `Team ${index}`, description: `The people of team ${index}` }),
);
for (let number = 0; number < people; number++) {
	const name = `p${String(number).padStart(6, '0')}`;
	const { uuid } = otds.addUser('Staff', {
		name,
		attributes: {
			mail: [`${name}@example.org`],
			displayName: [`Person Number ${number}`],
			title: [`Title ${number % 50}`],
			oTDepartment: [`Department ${number % 100}`],
			l: [`Site ${number % 20}`],
			preferredLanguage: ['en'],
		},
	});
	for (const team of [number % groups, (number * 7 + 1) % groups])
		otds.addMember(teams[team]?.uuid ?? '', uuid);
}
process.on('message', () => {
	process.send?.(otds.requests().length);
	otds.resetRequests();
});
process.send?.({ baseUrl: otds.baseUrl, ...otds.oauth } satisfies ServerReady);
