/** How long one call goes on trying while the server is away or busy. Only what is safe to repeat is repeated. */
export interface RetryOptions {
  /** In all (ms); 0 for one try only. */
  readonly forMs?: number;
  /** The first pause (ms); it doubles, with jitter. */
  readonly delayMs?: number;
  readonly delayMsMax?: number;
}

export interface ClientOptions {
  /** The server’s address, such as http://127.0.0.1:4780; or several of one storage’s servers, with commas. */
  readonly url?: string;
  /** The same as a list: the next is tried when one is away. */
  readonly urls?: readonly string[];
  readonly token?: string;
  readonly fetch?: typeof fetch;
  readonly retry?: RetryOptions;
  /** The limit of one try (ms); a claim gets its `waitMs` in addition. */
  readonly timeoutMs?: number;
}

/** What every call takes. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Overrides `retry.forMs` of the client. */
  readonly retryForMs?: number | undefined;
  readonly timeoutMs?: number | undefined;
  /** For writes of people’s verbs; one is made if none is given. */
  readonly idempotencyKey?: string | undefined;
}

export interface PageQuery {
  readonly limit?: number | undefined;
  readonly after?: string | undefined;
}
