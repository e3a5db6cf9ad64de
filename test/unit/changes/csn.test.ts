import {
	advance,
	covers,
	lowest,
	serverOf,
	timeOfCsn,
	vectorOf,
} from '../../../lib/directory/changes/strategies/csn';

const csn = (time: string, server = '001') => `20300101${time}.000000Z#000000#${server}#000000`;

describe('change sequence numbers', () => {
	it('know their server and time', () => {
		expect(serverOf(csn('123456', '00a'))).toBe('00a');
		expect(timeOfCsn('20300101123456.789012Z#000000#001#000000')).toBe('2030-01-01T12:34:56.789Z');
	});

	it('count for each server apart', () => {
		const vector = vectorOf([csn('100000', '001'), csn('120000', '002'), csn('090000', '001')]);
		expect(vector).toEqual({ '001': csn('100000', '001'), '002': csn('120000', '002') });
		expect(covers(vector, csn('110000', '001'))).toBe(false);
		expect(covers(vector, csn('110000', '002'))).toBe(true);
		expect(covers(vector, csn('000000', '003'))).toBe(false);
		expect(lowest(vector)).toBe(csn('100000', '001'));
		expect(lowest({})).toBeUndefined();
	});

	it('never go back', () => {
		expect(advance({ '001': csn('100000') }, csn('090000'))).toEqual({ '001': csn('100000') });
	});

	it('are refused when they are none', () => {
		expect(() => serverOf('rid=000,csn=x')).toThrow('not a change sequence number');
	});
});
