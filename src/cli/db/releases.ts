import type { Release } from '@labkeep/client';
import { straightenLink, type Tidied, tidy } from '../../releases/tidy.ts';
import { verify } from '../../releases/verify.ts';
import type { Cli } from '../cli.ts';
import { connect, type ServerOptions } from '../connect.ts';
import { timeText } from '../job-view.ts';
import { barText, withProgress } from '../progress.ts';
import { printTable } from '../table.ts';
import type { Paint } from '../terminal.ts';
import { bytesText, counted, plain } from '../text.ts';
import { directoryOf, releaseOf, tidyRegister } from './own-releases.ts';

const paints: Readonly<Record<Release['state'], readonly Paint[]>> = {
  building: ['yellow'],
  current: ['green'],
  kept: [],
  going: ['yellow'],
  gone: ['dim'],
};

export async function releases(cli: Cli, name: string, options: ServerOptions): Promise<void> {
  const { client } = connect(cli, options);
  const page = await client.releases.list(name, { limit: 1_000 });
  if (options.json) return cli.terminal.json(page);
  if (page.items.length === 0)
    return cli.terminal.say(plain(`labkeep: ${name} has no releases yet; labkeep db publish makes one`));
  printTable<Release>(
    cli.terminal,
    [
      { title: 'RELEASE', cell: ({ release }) => release, paint: () => ['bold'] },
      { title: 'STATE', cell: ({ state }) => state, paint: ({ state }) => paints[state] },
      { title: 'FILES', cell: ({ files, sha256 }) => (sha256 === null ? '' : String(files)) },
      { title: 'SIZE', cell: ({ bytes, sha256 }) => (sha256 === null ? '' : bytesText(bytes)) },
      {
        title: 'PUBLISHED',
        cell: ({ publishedAt }) => (publishedAt === null ? '' : timeText(cli, publishedAt)),
      },
      { title: 'READERS', cell: ({ readers, awaited }) => `${readers}${awaited ? ', more to come' : ''}` },
      { title: 'PIN', cell: ({ pinned }) => (pinned ? 'pinned' : '') },
      { title: 'FOLDER', cell: ({ path }) => path, flexible: true },
    ],
    page.items,
  );
  if (page.next !== null) cli.terminal.say('labkeep: these are the newest 1,000');
}

export async function pin(cli: Cli, written: string, pinned: boolean, options: ServerOptions): Promise<void> {
  const { client } = connect(cli, options);
  const { database, release } = await releaseOf(client, written);
  const changed = await (pinned
    ? client.releases.pin(database, release)
    : client.releases.unpin(database, release));
  if (options.json) cli.terminal.json(changed);
}

export async function verifyRelease(cli: Cli, written: string, options: ServerOptions): Promise<void> {
  const { client } = connect(cli, options);
  const record = await releaseOf(client, written);
  let done = 0;
  const line = (): string =>
    plain(`labkeep: ${record.database} ${record.release} ${barText(done / Math.max(1, record.bytes))}`);
  const found = await withProgress(cli, line, () =>
    verify(record, {
      signal: null,
      done: (bytes) => {
        done += bytes;
      },
    }),
  );
  if (found.damage.length > 0) cli.exit(1);
  if (options.json)
    return cli.terminal.json({ database: record.database, release: record.release, ...found });
  for (const { path, what } of found.damage) cli.terminal.out(plain(`${what.padEnd(8)} ${path}`));
  const of = `${record.database} ${record.release}`;
  cli.terminal.say(
    plain(
      found.damage.length === 0
        ? `labkeep: ${of} is as it was published: ${counted(found.files, 'file')}, ${bytesText(found.bytes)}`
        : `labkeep: ${of} is not as it was published in ${counted(found.damage.length, 'place')}`,
    ),
  );
}

/** Removes what is not to be kept, as far as this machine sees it. */
export async function tidyUp(cli: Cli, name: string, options: ServerOptions): Promise<void> {
  const { client } = connect(cli, options);
  const root = directoryOf(await client.databases.get(name));
  const tidied = await tidy(tidyRegister(client, name));
  await straightenLink(root, async () => (await client.databases.get(name)).release);
  if (options.json) return cli.terminal.json(tidied);
  tellLeft(cli, name, tidied);
}

export function tellLeft(cli: Cli, name: string, { removed, left }: Tidied): void {
  if (removed.length > 0) cli.terminal.say(plain(`labkeep: removed ${name} ${removed.join(', ')}`));
  for (const { release, why } of left)
    cli.terminal.say(plain(`labkeep: ${name} ${release} is not removed: ${why}`));
}
