/** Of what was purged, no table keeps a row. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { specifyJob } from '../../src/core/jobs/specify.ts';
import { openSqlite } from '../../src/storage/sqlite/open.ts';
import { FakeChance, FakeClock } from '../conformance/harness.ts';

const by = { principal: 'ada' };

test('a purged job leaves no row behind', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'labkeep-purge-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'labkeep.db');
  const storage = await openSqlite({ file, clock: new FakeClock(), chance: new FakeChance() });
  await storage.createProject({ by, name: 'toxd', title: null, directory: null, metadata: null });
  const plain = { submit: false, command: ['true'], title: 'words', inputs: ['/a'], outputs: ['/b'] };
  const after = [{ job: 0, on: 'any' as const }];
  const jobs = [plain, { ...plain, after }, { submit: false }].map((job) => specifyJob(job, 'ada'));
  await storage.insertJobs({ by, project: 'toxd', jobs });
  const places = ['1', '2', '3'].map((number) => ({ project: 'toxd', number }));
  for (const place of places) {
    const annotations = { rating: 'bad', tags: ['a', 'b'], numbers: { x: 1, y: 2.5 } } as const;
    await storage.editJob({ by, place, revision: null, changes: { annotations } });
    await storage.addComment({ by, place, text: 'more words' });
  }
  await storage.moveJobs({ by, places, act: 'trash' });
  const count = () => rowsByJob(file);
  const before = count();
  for (const table of ['jobs', 'documents', 'files', 'dependencies', 'annotations', 'job_tags', 'words'])
    assert.ok((before[table] ?? 0) > 0, `${table} had rows of the jobs`);
  await storage.purgeJobs({ by, places, force: false });
  assert.deepEqual(
    Object.entries(count()).filter(([, rows]) => rows > 0),
    [],
  );
  await storage.close();
});

/** How many rows of jobs each table has. */
function rowsByJob(file: string): Record<string, number> {
  const database = new DatabaseSync(file, { readOnly: true });
  const tables = database.prepare("select name from sqlite_master where type = 'table'").all();
  const counts = tables.flatMap(({ name }) => {
    const columns = database.prepare(`select name from pragma_table_info('${String(name)}')`).all();
    const ofJobs = name === 'jobs' || columns.some((column) => column.name === 'job_id');
    if (!ofJobs) return [];
    const row = database.prepare(`select count(*) as rows from ${String(name)}`).get();
    return [[String(name), Number(row?.rows)] as const];
  });
  database.close();
  return Object.fromEntries(counts);
}
