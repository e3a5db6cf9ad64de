/** Active Directory puts the reason of a refused login into the diagnostic: `… data 775, v4563`. */
export const ACTIVE_DIRECTORY_LOGIN: ReadonlyMap<string, { what: string; advice: string }> = new Map([
	['525', { what: 'does not know the account', advice: 'Check the bind DN in the credential.' }],
	['52e', { what: 'did not accept the password', advice: 'Check bind DN and password in the credential.' }],
	[
		'530',
		{
			what: 'does not let the account log in at this hour',
			advice: 'Ask the administrator to lift the logon hours of the service account.',
		},
	],
	[
		'531',
		{
			what: 'does not let the account log in from here',
			advice: 'Ask the administrator to lift the workstation restriction of the service account.',
		},
	],
	[
		'532',
		{
			what: 'says that the password has expired',
			advice: 'Set a new password for the service account, and let it not expire.',
		},
	],
	[
		'533',
		{
			what: 'says that the account is disabled',
			advice: 'Ask the administrator to enable the service account.',
		},
	],
	[
		'701',
		{
			what: 'says that the account has expired',
			advice: 'Ask the administrator to extend the service account.',
		},
	],
	[
		'773',
		{
			what: 'wants the password changed first',
			advice: 'Set a new password for the service account without "must change at next logon".',
		},
	],
	[
		'775',
		{
			what: 'says that the account is locked',
			advice: 'Ask the administrator to unlock the service account, then enter the right password.',
		},
	],
]);
