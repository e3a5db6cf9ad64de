import { DomainError } from '../../domain.errors';

export function unexpected(error: unknown): DomainError {
	if (error instanceof DomainError) return error;
	return new DomainError(
		`The watcher could not keep its state: ${error instanceof Error ? error.message : String(error)}`,
		{
			advice: 'Make sure that the state folder is writable and has space. The watcher tries again by itself.',
			recovery: 'retry',
			cause: error,
		},
	);
}

export function damagedState(incident: string): DomainError {
	return new DomainError(incident, {
		advice:
			'Changes made while nothing was remembered were not reported: compare the directory with what you expect.',
		recovery: 'skip',
	});
}
