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
await warmUp();
process.on('message', () => {
	process.send?.(otds.requests().length);
	otds.resetRequests();
});
process.send?.({ baseUrl: otds.baseUrl, ...otds.oauth } satisfies ServerReady);

/** The simulator renders an object when it is first asked for: that must not be taken for our work. */
async function warmUp(): Promise<void> {
	const { baseUrl, oauth } = otds;
	const body = new URLSearchParams({
		grant_type: 'client_credentials',
		client_id: oauth.clientId,
		client_secret: oauth.clientSecret,
	});
	const login = (await (await fetch(`${baseUrl}/oauth2/token`, { method: 'POST', body })).json()) as {
		access_token: string;
	};
	const headers = { authorization: `Bearer ${login.access_token}` };
	for (const collection of ['groups', 'users']) {
		let cookie: string | null = null;
		do {
			const query: string = cookie === null ? '' : `&next_page_cookie=${encodeURIComponent(cookie)}`;
			const url = `${baseUrl}/rest/${collection}?page_size=1000&attrsAsKeys=true${query}`;
			const page = (await (await fetch(url, { headers })).json()) as { nextPageCookie: string | null };
			cookie = page.nextPageCookie || null;
		} while (cookie !== null);
	}
}
