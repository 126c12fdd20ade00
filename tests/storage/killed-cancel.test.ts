/** A large cancellation, of which the server dies between two slices. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Storage } from '../../src/ports/storage.ts';
import { openPostgres } from '../../src/storage/postgres/open.ts';
import { openSqlite } from '../../src/storage/sqlite/open.ts';
import { postgresUnavailable, sharedPostgres } from '../support/postgres.ts';
import { allJobs, chance, clock, statesOf, wholeRecord } from './support.ts';

const children = 2_500;
const server = sharedPostgres();

test('on SQLite, the next sweep goes on with it', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'labkeep-cancel-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'labkeep.db');
  await goesOn('sqlite', file, () => openSqlite({ file, clock, chance }));
});

test('on PostgreSQL, the next sweep of any server goes on with it', {
  skip: postgresUnavailable() ?? false,
}, async () => {
  const url = await server.freshDatabase('cancel');
  await goesOn('postgres', url, () => openPostgres({ url, chance }));
});

async function goesOn(kind: string, where: string, open: () => Promise<Storage>): Promise<void> {
  const script = join(import.meta.dirname, 'killed-canceller.ts');
  const words = ['--conditions=labkeep-source', script, kind, where, String(children)];
  const killed = spawnSync(process.execPath, words);
  assert.equal(killed.signal, 'SIGKILL', String(killed.stderr));
  const storage = await open();
  try {
    const between = tally(await allJobs(storage));
    assert.deepEqual(between, { running: 1, cancelled: 1_000, ready: children - 1_000 });
    await storage.sweep();
    const after = await allJobs(storage);
    assert.deepEqual(tally(after), { cancelled: children + 1 });
    const events = await wholeRecord(storage);
    assert.deepEqual(statesOf(events), after);
    const ended = events.filter(({ type }) => type === 'jobs.ended');
    assert.deepEqual(new Set(ended.map(({ actor }) => actor)), new Set(['ada']));
    assert.equal(ended.flatMap(({ jobs }) => jobs).length, children + 1, 'each ended once');
    await storage.moveJobs({
      by: { principal: 'ada' },
      places: [{ project: 'toxd', number: '1.7' }],
      act: 'retry',
    });
    await storage.sweep();
    assert.deepEqual(tally(await allJobs(storage)), { running: 1, ready: 1, cancelled: children - 1 });
  } finally {
    await storage.close();
  }
}

function tally(jobs: ReadonlyMap<string, string>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const state of jobs.values()) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}
