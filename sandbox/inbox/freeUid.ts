/** A user name made of a name, in ASCII letters and digits, that nobody has yet: Søren Østergård → sostergard. */
export function freeUid(givenName: string, surname: string, taken: readonly string[]): string {
	const wanted = `${ascii(givenName).slice(0, 1)}${ascii(surname)}`.slice(0, 20) || 'person';
	for (let number = 1; ; number++) {
		const uid = number === 1 ? wanted : `${wanted}${number}`;
		if (!taken.includes(uid)) return uid;
	}
}

const LETTERS: Record<string, string> = {
	ø: 'o',
	æ: 'ae',
	ß: 'ss',
	ł: 'l',
	đ: 'd',
	þ: 'th',
	œ: 'oe',
	ı: 'i',
};

const ascii = (text: string): string =>
	text
		.toLowerCase()
		.normalize('NFD')
		.replace(/[^\x00-\x7f]/g, (letter) => LETTERS[letter] ?? '')
		.replace(/[^a-z0-9]/g, '');
