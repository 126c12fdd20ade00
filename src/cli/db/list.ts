import type { Database, DatabaseList } from '@labkeep/client';
import type { Cli } from '../cli.ts';
import { connect, type ServerOptions } from '../connect.ts';
import { printTable } from '../table.ts';
import { problemText } from './problem-text.ts';
import { closureText, statePaints } from './state-text.ts';

export interface ListOptions extends ServerOptions {
  readonly tag?: string;
  readonly all?: true;
}

export async function list(cli: Cli, { tag, all, ...options }: ListOptions): Promise<void> {
  const { client } = connect(cli, options);
  const page = await client.databases.list({ limit: 1_000, tag, all });
  if (options.json) return cli.terminal.json(page);
  if (page.items.length === 0) cli.terminal.say(`labkeep: ${await nothingText(cli, options, tag, all)}`);
  else printDatabases(cli, page);
  if (page.next !== null) cli.terminal.say('labkeep: these are the first 1,000');
  for (const problem of page.problems) cli.terminal.say(`labkeep: ${problemText(problem)}`);
}

/** Where there are others, they are told of. */
async function nothingText(
  cli: Cli,
  options: ServerOptions,
  tag: string | undefined,
  all: true | undefined,
): Promise<string> {
  const none = 'no databases yet; labkeep db add adds one';
  if (all) return none;
  const { items } = await connect(cli, options).client.databases.list({ limit: 1_000, all: true });
  if (items.length === 0) return none;
  const tags = [...new Set(items.flatMap((one) => (one.tag === null ? [] : [one.tag])))];
  const there = tags.length === 0 ? 'no database has a tag' : `tags there are: ${tags.join(', ')}`;
  return `no databases ${tag === undefined ? 'without a tag' : `with the tag ${tag}`}; ${there}`;
}

function printDatabases(cli: Cli, { items }: DatabaseList): void {
  const hasTags = items.some(({ tag }) => tag !== null);
  printTable<Database>(
    cli.terminal,
    [
      { title: 'DATABASE', cell: ({ name }) => name, paint: () => ['bold'] },
      { title: 'KIND', cell: ({ kind }) => kind },
      { title: 'STATE', cell: ({ state }) => state, paint: ({ state }) => statePaints[state] },
      { title: 'RELEASE', cell: ({ release }) => release ?? '' },
      ...(hasTags ? [{ title: 'TAG', cell: ({ tag }: Database) => tag ?? '' }] : []),
      {
        title: 'DESCRIPTION',
        cell: (one) => (one.closure === null ? one.description : closureText(cli, one)),
        flexible: true,
      },
    ],
    items,
  );
}
