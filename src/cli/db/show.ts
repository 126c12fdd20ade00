import type { Database, Lock } from '@labkeep/client';
import type { Cli } from '../cli.ts';
import { connect, type ServerOptions } from '../connect.ts';
import { timeText } from '../job-view.ts';
import { holderText, progressText } from '../lock/lock-view.ts';
import { counted, plain } from '../text.ts';
import { closureText, statePaints, untilText } from './state-text.ts';

const locksShown = 50;

/** Answers whether it may change, for those who watch. */
export async function show(cli: Cli, name: string, options: ServerOptions): Promise<boolean> {
  const { client } = connect(cli, options);
  const database = await client.databases.get(name);
  const locks = await client.locks.list({ path: name, limit: locksShown });
  if (options.json) cli.terminal.json({ ...database, locks: locks.items });
  else print(cli, database, locks.items, locks.next !== null);
  return true;
}

function print(cli: Cli, database: Database, locks: readonly Lock[], isMore: boolean): void {
  const { terminal } = cli;
  const { name, kind, state, description } = database;
  const word = terminal.paint(state, ...statePaints[state]);
  terminal.out(
    `${terminal.paint(name, 'bold')}  ${word}  ${kind}${description === '' ? '' : `  ${plain(description)}`}`,
  );
  for (const [title, value] of rowsOf(cli, database))
    if (value !== '') terminal.out(`  ${terminal.paint(title.padEnd(10), 'dim')}  ${plain(value)}`);
  const others = locks.filter(({ holder }) => holder.kind !== 'closure');
  section(
    cli,
    'Held by',
    others.filter((lock) => lock.state === 'granted'),
  );
  section(
    cli,
    'In line',
    others.filter((lock) => lock.state === 'waiting'),
  );
  if (isMore) terminal.say(`labkeep: these are the first ${locksShown}; labkeep lock list shows all`);
}

function rowsOf(cli: Cli, database: Database): readonly (readonly [string, string])[] {
  const { release, tag, closure, settings, declaredIn, createdAt } = database;
  return [
    ['Release', release ?? ''],
    ['Tag', tag ?? ''],
    ['Closure', closureText(cli, database)],
    ['Since', closure === null ? '' : timeText(cli, closure.since)],
    ['Grace', closure !== null && database.state === 'closing' ? graceText(cli, closure.graceEndsAt) : ''],
    ['Keeps out', closure?.enforcement?.roles.join(', ') ?? ''],
    ['Epoch', closure?.epoch == null ? '' : String(closure.epoch)],
    ...Object.entries(settings).map(([key, value]) => [titles[key] ?? key, String(value)] as const),
    ['Declared', declaredIn ?? ''],
    ['Added', timeText(cli, createdAt)],
  ];
}

const titles: Readonly<Record<string, string>> = {
  directory: 'Folder',
  flatFiles: 'Flat files',
  url: 'Address',
  urlEnv: 'Address in',
  schema: 'Schema',
  roles: 'Roles',
};

function graceText(cli: Cli, endsAt: string): string {
  return Date.parse(endsAt) <= cli.now()
    ? 'over; it waits for those who still hold it'
    : `until ${untilText(cli, endsAt)}`;
}

function section(cli: Cli, title: string, locks: readonly Lock[]): void {
  if (locks.length === 0) return;
  cli.terminal.out(`  ${cli.terminal.paint(title, 'dim')}`);
  for (const lock of locks) cli.terminal.out(`    ${plain(lockText(cli, lock))}`);
}

/** One request: what it holds, or waits for, who it is, and since when. */
function lockText(cli: Cli, lock: Lock): string {
  const set = lock.locks.map(({ path, mode }) => `${path}:${mode}`).join(' ');
  const since = timeText(cli, lock.grantedAt ?? lock.requestedAt);
  const place = lock.state === 'granted' ? '' : `${lock.position}. `;
  const asleep = lock.asleep ? ', asleep: no worker may run it' : '';
  const progress = progressText(lock.holder);
  return `${place}${set}  ${holderText(lock.holder)}${progress === '' ? '' : `, ${progress}`}, since ${since}${asleep}`;
}

/** How many still stand between a closure and the database. */
export function stillText(locks: readonly Lock[]): string {
  const held = locks.filter(({ holder, state }) => holder.kind !== 'closure' && state === 'granted');
  if (held.length === 0) return '';
  const [first] = held;
  return `${counted(held.length, 'request')} held${first === undefined ? '' : `: ${holderText(first.holder)}`}`;
}
