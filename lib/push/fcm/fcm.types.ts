/** The parts of a Google service-account key file that sending needs. */
export interface ServiceAccount {
	projectId: string;
	clientEmail: string;
	/** PEM (PKCS #8). A secret. */
	privateKey: string;
	privateKeyId?: string;
	/** Where the file says that access tokens are fetched. */
	tokenUri?: string;
}

/** A validated credential: every address is https, or plain http on this machine. */
export interface FcmSettings {
	serviceAccount: ServiceAccount;
	/** Where `/v1/projects/…/messages:send` lives; may carry a path prefix. */
	endpoint: URL;
	/** OAuth 2.0 token endpoint (RFC 7523). */
	tokenUrl: URL;
	/** `http:` or `https:` proxy that is asked to CONNECT; may carry user and password. */
	proxy?: URL;
	/** PEM; added to the authorities Node trusts. */
	ca?: string;
}

export interface HttpRequest {
	/** Path and query, below the address the client was opened for. */
	path: string;
	headers: Record<string, string>;
	body: string;
}

export interface HttpAnswer {
	status: number;
	headers: Record<string, string | string[] | undefined>;
	text: string;
}

/** OAuth access tokens. Both methods may be called by many at a time. */
export interface AccessTokens {
	/** Rejects with DomainError. */
	token(): Promise<AccessToken>;
	/** The service refused this token: the next call asks for a new one, unless someone already did. */
	invalidate(value: string): void;
}

export interface AccessToken {
	value: string;
	/** Seconds it has left. */
	expiresInSeconds: number;
}

/** POSTs to one address. Rejects only with TransportError; every HTTP status is an answer. */
export interface HttpClient {
	post(request: HttpRequest): Promise<HttpAnswer>;
	close(): void;
}

export interface HttpLimits {
	/** TCP, proxy and TLS together. */
	connectTimeoutMs: number;
	/** From sending the request to the last byte of the answer. */
	requestTimeoutMs: number;
	/** A connection without work is closed after this. */
	idleTimeoutMs: number;
}
