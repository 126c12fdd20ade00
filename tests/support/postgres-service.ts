import { postgresUnavailable, startPostgres } from './postgres.ts';

/** One PostgreSQL for all the test files of a run. */
export interface PostgresService {
  /** What the processes of the test files need in their environment to find it. */
  readonly env: Readonly<Record<string, string>>;
  /** Why there is none; the tests that need it say so themselves and are skipped. */
  readonly unavailable: string | undefined;
  stop(): Promise<void>;
}

/** Starts the server, or takes the one that LABKEEP_TEST_POSTGRES_URL names. With CI=true its absence is thrown. */
export async function startPostgresService(): Promise<PostgresService> {
  const nothingToStop = { env: {}, stop: () => Promise.resolve() };
  const unavailable = postgresUnavailable();
  if (unavailable !== undefined) return { ...nothingToStop, unavailable };
  const given = process.env.LABKEEP_TEST_POSTGRES_URL;
  if (given) return { ...nothingToStop, env: { LABKEEP_TEST_POSTGRES_URL: given }, unavailable };
  const server = await startPostgres({ fsync: false, settings: { max_connections: '300' } });
  return { env: { LABKEEP_TEST_POSTGRES_URL: server.url() }, unavailable, stop: () => server.stop() };
}
