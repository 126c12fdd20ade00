/** Removes releases that need not be kept when their last reader has left: those whose files this machine sees. */
import type { Caller } from '../app/caller.ts';
import { everyItem } from '../app/every-item.ts';
import type { UseCases } from '../app/use-cases.ts';
import { keptOf, notToKeep } from '../core/catalogue/releases.ts';
import type { Log } from '../ports/log.ts';
import type { DatabaseRecord } from '../ports/records/catalogue.ts';
import type { Timers } from '../ports/timers.ts';
import type { Troubles } from '../ports/troubles.ts';
import { straightenLink, tidy } from '../releases/tidy.ts';
import { startRounds } from './rounds.ts';

export interface TidyingOptions {
  readonly useCases: Pick<
    UseCases,
    'listDatabases' | 'getDatabase' | 'listReleases' | 'markGoing' | 'markGone'
  >;
  readonly caller: Caller;
  readonly periodMs: number;
  readonly timers: Timers;
  readonly log: Log;
  readonly troubles: Troubles;
}

const releasesAtOnce = 1_000;

/** The function that comes back stops, and resolves when nothing is under way. */
export function startTidying(options: TidyingOptions): () => Promise<void> {
  const { periodMs, timers, troubles } = options;
  return startRounds({
    act: (isStopped) => tidyAll(options, isStopped),
    periodMs,
    first: 'later',
    timers,
    what: {
      failed: 'old releases could not be removed; it is tried again',
      succeeds: 'old releases are removed again',
    },
    troubles,
  });
}

async function tidyAll(options: TidyingOptions, isStopped: () => boolean): Promise<void> {
  const { useCases, caller } = options;
  const all = everyItem(({ limit, after }) =>
    useCases.listDatabases(caller, { tag: undefined, projects: false, limit, after }),
  );
  for await (const database of all) {
    if (isStopped()) return;
    if (database.kind === 'files') await tidyOne(options, database);
  }
}

async function tidyOne({ useCases, caller, log }: TidyingOptions, database: DatabaseRecord): Promise<void> {
  const { name, settings, release } = database;
  const page = await useCases.listReleases(caller, name, { limit: releasesAtOnce, after: undefined });
  const newest = page.items.length;
  const known = page.items.map((each, index) => ({
    ...each,
    place: newest - index,
    wanted: each.readers > 0 || each.awaited,
  }));
  // Only what is old is a reason to write.
  if (notToKeep(known, keptOf(settings)).length > 0 || known.some(({ state }) => state === 'going')) {
    const { removed } = await tidy({
      markGoing: () => useCases.markGoing(caller, name),
      markGone: async (gone) => {
        await useCases.markGone(caller, { database: name, release: gone });
      },
    });
    if (removed.length > 0) log.info({ database: name, releases: removed }, 'old releases were removed');
  }
  if (typeof settings.directory === 'string' && release !== null && newest > 0)
    await straightenLink(settings.directory, async () => (await useCases.getDatabase(caller, name)).release);
}
