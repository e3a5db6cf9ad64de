import type { Answer, Exchange, Route, Server } from './exchange.types.ts';
import { memberRoutes, parentRoutes } from './membership.routes.ts';
import { methodNotAllowed, notFound } from './otds.errors.ts';
import { accessRoleRoutes, partitionRoutes } from './partition.routes.ts';
import { currentUserRoute } from './account.routes.ts';
import { objectRoutes, passwordRoute } from './objects.routes.ts';

/** Everything below `/rest` that needs a login. */
export class Router {
	readonly #routes: Array<Route & { segments: string[] }>;

	constructor(server: Server) {
		const routes = [
			currentUserRoute(server),
			...objectRoutes(server, 'users'),
			...objectRoutes(server, 'groups'),
			...objectRoutes(server, 'roles'),
			passwordRoute(server),
			...parentRoutes(server, 'users', 'groups', 'memberof'),
			...parentRoutes(server, 'groups', 'groups', 'memberof'),
			...parentRoutes(server, 'users', 'roles', 'roles'),
			...parentRoutes(server, 'groups', 'roles', 'roles'),
			...memberRoutes(server, 'groups'),
			...memberRoutes(server, 'roles'),
			...partitionRoutes(server),
			...accessRoleRoutes(server),
		];
		this.#routes = routes.map((route) => ({ ...route, segments: route.path.split('/') }));
	}

	/** @param path decoded segments. @throws Refusal 404, 405 or what the route refuses with */
	answer(method: string, path: readonly string[], exchange: Omit<Exchange, 'parameters'>): Answer {
		const fitting = this.#routes.filter(({ segments }) => fits(segments, path));
		if (fitting.length === 0) throw notFound(`/${path.join('/')}`);
		const route = fitting.find((candidate) => candidate.method === method);
		if (!route) throw methodNotAllowed(method);
		const parameters = path.filter((_segment, index) => route.segments[index] === ':');
		return route.answer({ ...exchange, parameters });
	}
}

const fits = (pattern: readonly string[], path: readonly string[]): boolean =>
	pattern.length === path.length &&
	pattern.every((segment, index) => (segment === ':' ? path[index] !== '' : segment === path[index]));
