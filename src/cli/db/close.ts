import { setTimeout as delay } from 'node:timers/promises';
import type { Database, LabkeepClient } from '@labkeep/client';
import type { Cli } from '../cli.ts';
import { connect, type ServerOptions } from '../connect.ts';
import { refusal } from '../refusal.ts';
import { plain } from '../text.ts';
import { readSpan, readUntil } from '../times.ts';
import { stillText } from './show.ts';
import { closureText } from './state-text.ts';

export interface CloseOptions extends ServerOptions {
  readonly reason?: string;
  readonly until?: string;
  readonly grace?: string;
  readonly wait?: true;
  readonly enforce?: true;
  readonly role?: readonly string[];
}

export async function close(cli: Cli, name: string, options: CloseOptions): Promise<void> {
  const { client } = connect(cli, options);
  const { reason, until, grace, wait, enforce, role } = options;
  if (role !== undefined && enforce === undefined)
    throw refusal('usage', '--role says whom --enforce keeps out', 'Give --enforce too.');
  const begun = await client.databases.close(name, {
    ...(reason !== undefined && { reason }),
    ...(until !== undefined && { until: readUntil(until, '--until', cli.now()).toISOString() }),
    ...(grace !== undefined && { graceMs: readSpan(grace, '--grace') }),
    ...(enforce && { enforce }),
    ...(role !== undefined && { roles: role }),
  });
  const closed = wait ? await untilClosed(cli, client, begun) : begun;
  if (options.json) return cli.terminal.json(closed);
  tellClosed(cli, closed);
}

function tellClosed(cli: Cli, closed: Database): void {
  const { name, state, kind, closure } = closed;
  const why = closureText(cli, closed);
  cli.terminal.say(plain(`labkeep: ${name} is ${state} (${why})`));
  if (state === 'closing')
    cli.terminal.say('  It is closed when all have left: labkeep db show tells who has not; --wait waits.');
  if (kind !== 'postgres') return;
  const roles = closure?.enforcement?.roles ?? [];
  cli.terminal.say(
    roles.length === 0
      ? '  Who talks to the PostgreSQL directly, and asks for no lock, is not stopped by this; --enforce does.'
      : plain(`  ${state === 'closed' ? '' : 'Then '}PostgreSQL keeps out: ${roles.join(', ')}`),
  );
}

const askEveryMs = 500;

/** The closure of somebody else, or none any more, is not what was waited for. */
async function untilClosed(cli: Cli, client: LabkeepClient, begun: Database): Promise<Database> {
  const { name } = begun;
  let database = begun;
  try {
    while (database.state === 'closing' && database.closure?.lock === begun.closure?.lock) {
      const locks = await client.locks.list({ path: name, limit: 100 });
      cli.terminal.status(
        plain(`labkeep: ${name} is closing; ${stillText(locks.items) || 'sessions may still go on'}`),
      );
      await delay(askEveryMs);
      database = await client.databases.get(name);
    }
  } finally {
    cli.terminal.status(null);
  }
  if (database.state === 'closed' && database.closure?.lock === begun.closure?.lock) return database;
  throw refusal(
    'state_conflict',
    `${name} was reopened by somebody else before it was closed`,
    'See labkeep events for who it was.',
  );
}

export async function reopen(
  cli: Cli,
  name: string,
  options: ServerOptions & { readonly release?: string },
): Promise<void> {
  const { client } = connect(cli, options);
  const { release } = options;
  const opened = await client.databases.reopen(name, release === undefined ? {} : { release });
  if (options.json) return cli.terminal.json(opened);
  const as = opened.release === null ? '' : `, release ${opened.release}`;
  cli.terminal.say(plain(`labkeep: ${name} is ${opened.state}${as}`));
}
