/**
 * A PostgreSQL primary and a standby on this machine, to try what happens when one of them goes. Reads commands from the
 * terminal; what it started ends with it, and its data are removed.
 */
import { createInterface } from 'node:readline/promises';
import type { PostgresServer } from '../tests/support/postgres.ts';
import { PostgresPair, query } from '../tests/support/postgres-pair.ts';

const synchronous = !process.argv.includes('--async');

const help = `Commands:
  show         which node does what
  kill         kill the primary, at once
  promote      make the standby a primary
  back         start the old primary again, as it was
  wait on|off  whether commits wait for the standby
  end          stop both, and remove their data`;

async function main(): Promise<void> {
  console.log('Starting a primary and a standby…');
  const pair = await PostgresPair.start({ synchronous });
  try {
    console.log(
      `Commits ${synchronous ? 'wait' : 'do not wait'} for the standby. Start a server, or several, with`,
    );
    console.log(`  labkeep up --storage '${pair.url()}'`);
    console.log(help);
    const lines = createInterface({ input: process.stdin });
    process.once('SIGINT', () => lines.close());
    process.stdout.write('> ');
    for await (const line of lines) {
      if (line.trim() === 'end') break;
      await obey(pair, line.trim()).catch((error: unknown) => console.log(`That failed: ${String(error)}`));
      process.stdout.write('> ');
    }
    lines.close();
  } finally {
    await pair.stop();
  }
}

async function obey(pair: PostgresPair, command: string): Promise<void> {
  switch (command) {
    case '':
      return;
    case 'show':
      console.log(`first   ${await describe(pair.primary)}`);
      console.log(`second  ${await describe(pair.standby)}`);
      return;
    case 'kill':
      return pair.primary.kill9();
    case 'promote':
      return pair.promote();
    case 'back':
      return pair.primary.restart();
    case 'wait on':
    case 'wait off':
      return pair.wait(command === 'wait on');
    default:
      console.log(help);
  }
}

async function describe(server: PostgresServer): Promise<string> {
  const address = `${server.host}:${server.port}`;
  if (server.pid === undefined) return `${address}  down`;
  const [row] = await query(server, 'select pg_is_in_recovery() as standby');
  return `${address}  ${row?.standby === true ? 'a standby' : 'takes writes'}`;
}

await main();
