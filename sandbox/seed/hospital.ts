import type { NewPerson } from '../directory/sandboxDirectory.types.ts';
import type { DevicePlatform } from '../fcm/deviceRegistry.ts';

export interface SeedPerson extends NewPerson {
	/** None = cannot be reached by push: the workflows list them instead of losing them. */
	devices: DevicePlatform[];
}

export interface SeedGroup {
	name: string;
	description: string;
	/** uids */
	people: string[];
	/** Names of groups inside this one; they stand earlier in the list. */
	groups?: string[];
}

const person = (
	uid: string,
	name: [givenName: string, surname: string],
	work: [title: string, department: string, site: string],
	more: { devices: DevicePlatform[]; language?: string; manager?: string },
): SeedPerson => {
	const [givenName, surname] = name;
	const [title, department, site] = work;
	return { uid, givenName, surname, title, department, site, ...more };
};

/** The staff of an invented hospital with two sites. Managers come before those they manage. */
export const PEOPLE: SeedPerson[] = [
	person('aokafor', ['Amara', 'Okafor'], ['Director of Nursing', 'Nursing', 'Riverside'], {
		devices: ['ios'],
		language: 'en',
	}),
	person('hbrandt', ['Henrik', 'Brandt'], ['Head of Finance', 'Finance', 'Riverside'], {
		devices: ['android'],
		language: 'de',
	}),
	person('nrahimi', ['Nasrin', 'Rahimi'], ['Head of IT', 'IT', 'Hillcrest'], {
		devices: ['android'],
		language: 'en',
	}),
	person('lmartin', ['Léa', 'Martin'], ['Ward Nurse', 'Nursing', 'Riverside'], {
		devices: ['android'],
		language: 'fr',
		manager: 'aokafor',
	}),
	person('ktanaka', ['Kenji', 'Tanaka'], ['Ward Nurse', 'Nursing', 'Hillcrest'], {
		devices: ['ios', 'web'],
		language: 'ja',
		manager: 'aokafor',
	}),
	person('pnair', ['Priya', 'Nair'], ['Intensive Care Nurse', 'Nursing', 'Riverside'], {
		devices: ['android'],
		language: 'en',
		manager: 'aokafor',
	}),
	person('sostergard', ['Søren', 'Østergård'], ['Porter', 'Facilities', 'Riverside'], {
		devices: ['android'],
		language: 'da',
	}),
	person('mgarcia', ['María', 'García López'], ['Ward Assistant', 'Nursing', 'Hillcrest'], {
		devices: [],
		language: 'es',
		manager: 'aokafor',
	}),
	person('obrien', ['Seán', "O'Brien"], ['Accountant', 'Finance', 'Riverside'], {
		devices: ['ios'],
		language: 'ga',
		manager: 'hbrandt',
	}),
	person('fdiallo', ['Fatou', 'Diallo'], ['Payroll Officer', 'Finance', 'Hillcrest'], {
		devices: ['android'],
		language: 'fr',
		manager: 'hbrandt',
	}),
	person('tnguyen', ['Thảo', 'Nguyễn'], ['Network Engineer', 'IT', 'Hillcrest'], {
		devices: ['web'],
		language: 'vi',
		manager: 'nrahimi',
	}),
	person('zkowalska', ['Zofia', 'Kowalska'], ['Service Desk Agent', 'IT', 'Riverside'], {
		devices: ['ios'],
		language: 'pl',
		manager: 'nrahimi',
	}),
];

export const GROUPS: SeedGroup[] = [
	{ name: 'Nurses', description: 'Everyone who nurses', people: ['aokafor', 'lmartin', 'ktanaka'] },
	{
		name: 'Ward Staff',
		description: 'Nurses and all others who work on a ward',
		people: ['sostergard', 'mgarcia'],
		groups: ['Nurses'],
	},
	{ name: 'Finance', description: 'Accounting and payroll', people: ['hbrandt', 'obrien', 'fdiallo'] },
	{ name: 'IT', description: 'Networks, servers and the service desk', people: ['nrahimi', 'tnguyen'] },
	{ name: 'All Managers', description: 'Who leads a department', people: ['aokafor', 'hbrandt', 'nrahimi'] },
];
