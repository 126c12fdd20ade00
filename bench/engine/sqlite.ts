import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  documentOf,
  type Engine,
  runWorkload,
  type Workload,
  WRITES_PER_JOB_MIN,
  workloadOfCommandLine,
} from './workload.ts';

const SCHEMA = `
  CREATE TABLE jobs (
    id INTEGER PRIMARY KEY, project INTEGER NOT NULL, number INTEGER NOT NULL, state INTEGER NOT NULL,
    task TEXT NOT NULL, owner INTEGER NOT NULL, created_at INTEGER NOT NULL, finished_at INTEGER, exit_code INTEGER
  ) STRICT;
  CREATE TABLE documents (job INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
  CREATE TABLE live (
    job INTEGER PRIMARY KEY, queue INTEGER NOT NULL, priority INTEGER NOT NULL, project INTEGER NOT NULL,
    state INTEGER NOT NULL, worker INTEGER, lease_until INTEGER
  ) STRICT;
  CREATE INDEX live_by_order ON live (queue, priority, job);
  CREATE INDEX live_by_project ON live (project);
  CREATE TABLE attempts (
    job INTEGER NOT NULL, attempt INTEGER NOT NULL, worker INTEGER NOT NULL, finished_at INTEGER NOT NULL,
    exit_code INTEGER NOT NULL, PRIMARY KEY (job, attempt)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE events (cursor INTEGER PRIMARY KEY, at INTEGER NOT NULL, type TEXT NOT NULL, jobs TEXT NOT NULL) STRICT;
  CREATE TABLE extra (job INTEGER NOT NULL, n INTEGER NOT NULL) STRICT;
`;

function sqlite({ connection, batch, writesPerJob }: Workload): Engine {
  const database = new DatabaseSync(join(connection, 'engine.db'));
  for (const pragma of ['journal_mode=WAL', 'synchronous=FULL', 'cache_size=-16000', 'temp_store=MEMORY']) {
    database.exec(`PRAGMA ${pragma}`);
  }
  database.exec(SCHEMA);
  const insertJob = database.prepare(
    `INSERT INTO jobs (id, project, number, state, task, owner, created_at) VALUES (?, 1, ?, 1, 'reindex', 1, ?)`,
  );
  const insertDocument = database.prepare('INSERT INTO documents (job, body) VALUES (?, ?)');
  const insertLive = database.prepare(
    'INSERT INTO live (job, queue, priority, project, state) VALUES (?, 1, 0, 1, 1)',
  );
  // The limit is a literal: bound, it would be planned anew on every call.
  const nextLive = database.prepare(
    `SELECT job FROM live WHERE queue = 1 AND state = 1 ORDER BY priority, job LIMIT ${batch}`,
  );
  const claimLive = database.prepare('UPDATE live SET state = 2, worker = 1, lease_until = ? WHERE job = ?');
  const deleteLive = database.prepare('DELETE FROM live WHERE job = ?');
  const finishJob = database.prepare(
    'UPDATE jobs SET state = 3, finished_at = ?, exit_code = 0 WHERE id = ?',
  );
  const insertAttempt = database.prepare(
    'INSERT INTO attempts (job, attempt, worker, finished_at, exit_code) VALUES (?, 1, 1, ?, 0)',
  );
  const insertExtra = database.prepare('INSERT INTO extra (job, n) VALUES (?, ?)');
  const insertEvent = database.prepare('INSERT INTO events (at, type, jobs) VALUES (?, ?, ?)');
  const countFinished = database.prepare(
    `SELECT count(*) AS finished FROM jobs JOIN attempts ON job = id
     WHERE state = 3 AND NOT EXISTS (SELECT 1 FROM live WHERE live.job = id)`,
  );

  function inTransaction(
    type: string,
    jobs: readonly number[],
    write: (job: number, now: number) => void,
  ): void {
    const now = Date.now();
    database.exec('BEGIN IMMEDIATE');
    for (const job of jobs) write(job, now);
    insertEvent.run(now, type, JSON.stringify(jobs));
    database.exec('COMMIT');
  }
  return {
    engine: 'SQLite (node:sqlite), WAL, synchronous=FULL',
    version: process.versions.sqlite ?? 'unknown',
    insertBatch(jobs) {
      inTransaction('submitted', jobs, (job, now) => {
        insertJob.run(job, job, now);
        insertDocument.run(job, documentOf(job));
        insertLive.run(job);
      });
    },
    afterInserts: () => undefined,
    claimBatch() {
      const claimed = nextLive.all().map(({ job }) => Number(job));
      if (claimed.length === 0) return claimed;
      inTransaction('claimed', claimed, (job, now) => {
        claimLive.run(now + 60_000, job);
      });
      return claimed;
    },
    finishBatch(jobs) {
      inTransaction('succeeded', jobs, (job, now) => {
        deleteLive.run(job);
        finishJob.run(now, job);
        insertAttempt.run(job, now);
        for (let n = WRITES_PER_JOB_MIN; n < writesPerJob; n += 1) insertExtra.run(job, n);
      });
    },
    countFinished: () => Number(countFinished.get()?.finished),
    close: () => database.close(),
  };
}

const workload = workloadOfCommandLine();
if (workload.connections !== 1) throw new Error('SQLite has one writer: --connections is 1');
await runWorkload(sqlite(workload), workload);
