import pg from 'pg';
import {
  documentOf,
  type Engine,
  runWorkload,
  type Workload,
  WRITES_PER_JOB_MIN,
  workloadOfCommandLine,
} from './workload.ts';

// Half of each page of the rows that will be updated is left free: an update on its own page writes no index.
const SCHEMA = `
  CREATE TABLE jobs (
    id bigint PRIMARY KEY, project int NOT NULL, number bigint NOT NULL, state smallint NOT NULL,
    task text NOT NULL, owner int NOT NULL, created_at timestamptz NOT NULL, finished_at timestamptz, exit_code int
  ) WITH (fillfactor = 50);
  CREATE TABLE documents (job bigint PRIMARY KEY, body text NOT NULL);
  CREATE TABLE live (
    job bigint PRIMARY KEY, queue int NOT NULL, priority int NOT NULL, project int NOT NULL,
    state smallint NOT NULL, worker int, lease_until timestamptz
  ) WITH (fillfactor = 50);
  CREATE INDEX live_by_order ON live (queue, priority, job);
  CREATE INDEX live_by_project ON live (project);
  CREATE TABLE attempts (
    job bigint NOT NULL, attempt int NOT NULL, worker int NOT NULL, finished_at timestamptz NOT NULL,
    exit_code int NOT NULL, PRIMARY KEY (job, attempt)
  );
  CREATE TABLE events (
    cursor bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL, type text NOT NULL,
    jobs bigint[] NOT NULL
  );
  CREATE TABLE extra (job bigint NOT NULL, n int NOT NULL);
`;

// Each is one statement, so one round trip and one transaction. $1 is the jobs of the batch.

const INSERT = `
  WITH indexed AS (
    INSERT INTO jobs (id, project, number, state, task, owner, created_at)
    SELECT job, 1, job, 1, 'reindex', 1, now() FROM unnest($1::bigint[]) AS job
  ), documented AS (
    INSERT INTO documents (job, body) SELECT * FROM unnest($1::bigint[], $2::text[])
  ), queued AS (
    INSERT INTO live (job, queue, priority, project, state) SELECT job, 1, 0, 1, 1 FROM unnest($1::bigint[]) AS job
  )
  INSERT INTO events (at, type, jobs) VALUES (now(), 'submitted', $1)`;

// $1 is the size of the batch. The update names its rows by an array: a join to them may be done by scanning the table.
const CLAIM = `
  WITH next AS (
    SELECT job FROM live WHERE queue = 1 AND state = 1 ORDER BY priority, job LIMIT $1 FOR UPDATE SKIP LOCKED
  ), claimed AS (
    UPDATE live SET state = 2, worker = 1, lease_until = now() + interval '1 minute'
    WHERE job = ANY (ARRAY(SELECT job FROM next)) RETURNING job
  ), told AS (
    INSERT INTO events (at, type, jobs) SELECT now(), 'claimed', array_agg(job) FROM claimed HAVING count(*) > 0
  )
  SELECT job FROM claimed`;

const FINISH = `
  WITH gone AS (
    DELETE FROM live WHERE job = ANY ($1::bigint[])
  ), finished AS (
    UPDATE jobs SET state = 3, finished_at = now(), exit_code = 0 WHERE id = ANY ($1::bigint[])
  ), attempted AS (
    INSERT INTO attempts (job, attempt, worker, finished_at, exit_code)
    SELECT job, 1, 1, now(), 0 FROM unnest($1::bigint[]) AS job
  ), added AS (
    INSERT INTO extra (job, n) SELECT job, n FROM unnest($1::bigint[]) AS job, generate_series(1, $2) AS n
  )
  INSERT INTO events (at, type, jobs) VALUES (now(), 'succeeded', $1)`;

const COUNT_FINISHED = `
  SELECT count(*)::int AS finished FROM jobs JOIN attempts ON job = id
  WHERE state = 3 AND NOT EXISTS (SELECT 1 FROM live WHERE live.job = id)`;

async function postgres({ connection, batch, writesPerJob, connections }: Workload): Promise<Engine> {
  const pool = new pg.Pool({ connectionString: connection, max: connections });
  await pool.query(SCHEMA);
  const { rows } = await pool.query('SHOW server_version');
  return {
    engine: 'PostgreSQL (pg), fsync, synchronous_commit',
    version: String(rows[0].server_version),
    async insertBatch(jobs) {
      await pool.query({ name: 'insert', text: INSERT, values: [jobs, jobs.map(documentOf)] });
    },
    async afterInserts() {
      // Until autovacuum comes by, it would be taken for a small table, and sorted whole for every claim.
      await pool.query('ANALYZE');
    },
    async claimBatch() {
      const claimed = await pool.query({ name: 'claim', text: CLAIM, values: [batch] });
      return claimed.rows.map(({ job }) => Number(job));
    },
    async finishBatch(jobs) {
      await pool.query({ name: 'finish', text: FINISH, values: [jobs, writesPerJob - WRITES_PER_JOB_MIN] });
    },
    async countFinished() {
      const counted = await pool.query(COUNT_FINISHED);
      return Number(counted.rows[0].finished);
    },
    close: () => pool.end(),
  };
}

const workload = workloadOfCommandLine();
await runWorkload(await postgres(workload), workload);
