/** `labkeep lock run`: a command that runs while locks are held, as with flock, but across machines. */
import { hostname } from 'node:os';
import { type LabkeepClient, LabkeepError, type SessionNotice } from '@labkeep/client';
import type { Command } from 'commander';
import { commandText } from '../../core/jobs/command-text.ts';
import { readLockWish, writeLockWish } from '../../core/locks/wishes.ts';
import { endAs, Signals, startErrorText } from '../../recorder/signals.ts';
import type { Cli } from '../cli.ts';
import { connect, type ServerOptions, withServer } from '../connect.ts';
import { refusal } from '../refusal.ts';
import { readSpan } from '../times.ts';
import { CommandUnderLock, type Ending } from './command-under-lock.ts';
import { holderText } from './lock-view.ts';

interface Options extends ServerOptions {
  /** False for --no-wait, true without either. */
  readonly wait: boolean | string;
  readonly name?: string;
  readonly lease: string;
}

const nameLengthMax = 100;
const sayWaitingAfterMs = 1_000;

export function defineRun(command: Command, cli: Cli): void {
  withServer(command)
    .usage('[options] LOCK… -- COMMAND [ARGUMENT…]')
    .argument('<lock...>', 'a path and a mode, such as embl:shared or chado/curation:exclusive')
    .option('--wait <time>', 'wait at most so long, such as 10m (as long as it takes)')
    .option('--no-wait', 'do not wait at all')
    .option('--name <text>', 'what others read of it (the command)')
    .option('--lease <time>', 'others get the locks so long after this machine was last heard of', '30s')
    .action(async (words: string[], options: Options) => {
      const { locks, run } = split(words);
      await runUnderLock(cli, locks, run, options);
    });
}

/** What stands behind `--` is the command. */
function split(words: readonly string[]): { locks: readonly string[]; run: readonly string[] } {
  const end = process.argv.indexOf('--');
  const many = end < 0 ? 0 : process.argv.length - end - 1;
  const locks = words.slice(0, words.length - many);
  if (many === 0 || locks.length === 0)
    throw refusal(
      'usage',
      many === 0 ? 'There is no command to run' : 'There is no lock',
      'Such as: labkeep lock run embl:shared -- COMMAND ARGUMENTS.',
    );
  return {
    locks: locks.map((word) => writeLockWish(readLockWish(word, 'lock'))),
    run: words.slice(words.length - many),
  };
}

async function runUnderLock(
  cli: Cli,
  locks: readonly string[],
  words: readonly string[],
  options: Options,
): Promise<void> {
  const { client } = connect(cli, options);
  const wait = typeof options.wait === 'string' ? readSpan(options.wait, '--wait') : options.wait;
  const leaseMs = readSpan(options.lease, '--lease');
  const command = new CommandUnderLock(words, process.env, leaseMs);
  const giveUp = new GiveUp();
  const patience = setTimeout(() => void sayWaiting(cli, client, locks), sayWaitingAfterMs);
  let ending: Ending;
  try {
    ending = await client.locks.hold(
      locks,
      (held) => {
        clearTimeout(patience);
        const signals = new Signals();
        giveUp.clear();
        return command.run(
          held,
          (child) => signals.passTo(child),
          (error) => cli.terminal.say(`labkeep: ${words[0]}: ${startErrorText(error)}`),
        );
      },
      {
        wait,
        leaseMs,
        name: options.name ?? Array.from(commandText(words)).slice(0, nameLengthMax).join(''),
        host: hostname(),
        pid: process.pid,
        signal: giveUp.signal,
        onRenewed: (safeForMs) => command.renewed(safeForMs),
        onNotice: (notice) => sayNotice(cli, notice),
        onTrouble: (error) =>
          cli.terminal.say(`labkeep: ${error.detail} The lock is held as long as its lease.`),
      },
    );
  } catch (error) {
    if (giveUp.by !== null) endAs(null, giveUp.by);
    throw error;
  } finally {
    clearTimeout(patience);
    command.done();
    giveUp.clear();
  }
  endAs(ending.code, ending.signal);
}

/** Whoever is asked to stop while it waits gives up its place. */
class GiveUp {
  readonly #abort = new AbortController();
  #by: NodeJS.Signals | null = null;
  readonly #stop = (name: NodeJS.Signals): void => {
    this.#by ??= name;
    this.#abort.abort(new Error(`stopped by ${name}`));
  };

  constructor() {
    for (const name of stopping) process.on(name, this.#stop);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get by(): NodeJS.Signals | null {
    return this.#by;
  }

  clear(): void {
    for (const name of stopping) process.off(name, this.#stop);
  }
}

const stopping = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** A server that is away meanwhile is told of by the wait itself. */
async function sayWaiting(cli: Cli, client: LabkeepClient, wishes: readonly string[]): Promise<void> {
  try {
    await sayWhoIsInTheWay(cli, client, wishes);
  } catch (error) {
    if (!(error instanceof LabkeepError)) throw error;
  }
}

async function sayWhoIsInTheWay(
  { terminal }: Cli,
  client: LabkeepClient,
  wishes: readonly string[],
): Promise<void> {
  const { items } = await client.locks.list({ limit: 1_000 });
  const { pid } = process;
  const own = items.find(
    ({ state, holder }) => state === 'waiting' && holder.pid === pid && holder.host === hostname(),
  );
  if (own === undefined) return;
  const others = items
    .filter(({ lock }) => own.waitsFor.includes(lock))
    .map(({ holder }) => holderText(holder));
  const who = others.length === 0 ? '' : `; in the way: ${others.slice(0, 3).join('; ')}`;
  const more = others.length > 3 ? ` and ${others.length - 3} more` : '';
  terminal.say(`labkeep: waiting for ${wishes.join(' ')}${who}${more}`);
}

function sayNotice({ terminal }: Cli, { database, reason, closesAt, until }: SessionNotice): void {
  const why = reason === null ? '' : ` (${reason})`;
  const open = until === null ? '' : `; open again ${new Date(until).toLocaleString()}`;
  terminal.say(
    `labkeep: ${database} is to be closed${why}: this lock ends ${new Date(closesAt).toLocaleTimeString()}${open}`,
  );
}
