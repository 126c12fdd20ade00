import pg from 'pg';
import { Fault } from '../core/faults.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The address of a database of kind postgres; a password that it lacks is found as libpq does. */
export function addressOf(settings: Readonly<Record<string, unknown>>, env: Environment): string {
  const { url, urlEnv } = settings;
  if (typeof url === 'string') return url;
  if (typeof urlEnv !== 'string')
    throw new Fault('target_unreachable', { detail: 'The settings of the database name no address' });
  const address = env[urlEnv];
  if (address === undefined || address === '')
    throw new Fault('target_unreachable', {
      detail: `The variable ${urlEnv}, which is to hold the address of the database, is not set here`,
      facts: { variable: urlEnv },
    });
  return address;
}

/** A connection under a name that others see in pg_stat_activity. */
export async function connect(address: string, applicationName: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: address,
    application_name: applicationName,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
  });
  // What is lost between two statements is met by the next one.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    throw unreachable(error);
  }
  return client;
}

/** Says why a database could not be reached, without its address, which may hold a password. */
export function unreachable(error: unknown): Fault {
  const sqlstate = sqlStateOf(error);
  return new Fault(
    'target_unreachable',
    {
      detail: `The database is not reached: ${messageOf(error)}`,
      ...(sqlstate !== null && { facts: { sqlstate } }),
    },
    error,
  );
}

/** Null for an error that PostgreSQL did not send. */
export function sqlStateOf(error: unknown): string | null {
  return error instanceof pg.DatabaseError && error.code !== undefined ? error.code : null;
}

/** The connection is gone, whoever ended it. */
export function isLoss(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError)) return true;
  return error.severity === 'FATAL' || error.severity === 'PANIC' || /^(57P0[1-3]|08)/.test(error.code ?? '');
}

function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
