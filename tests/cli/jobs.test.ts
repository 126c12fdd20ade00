/** Jobs from submission to their end, as typed by a person, on one server with its worker. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { after, before, test } from 'node:test';
import { type Job, type JobList, LabkeepClient, type Log, type Problem, type Why } from '@labkeep/client';
import { readDiscovery } from '../../src/daemon/discovery.ts';
import { type Ended, Home, type Server } from './support/labkeep.ts';

const home = new Home();
const folder = home.path('toxd');
let server: Server;
before(async () => {
  mkdirSync(home.path('toxd', 'inner'), { recursive: true });
  server = await home.up();
});
after(async () => {
  assert.equal(await server.stop(), 0);
  await home.clean();
});

const here = (args: readonly string[], input = ''): Promise<Ended> => home.call(args, { cwd: folder, input });
const parsed = <T>(ended: Ended): T => JSON.parse(ended.stdout) as T;

/** What is not the same in every run: times and spans. */
function steady(text: string): string {
  return text
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replaceAll(/\d{4}-\d\d-\d\d [\d:]+ UTC/g, 'TIME')
    .replaceAll(/\b\d+(\.\d+)? s\b/g, 'SPAN')
    .replaceAll(/ +\n/g, '\n');
}

test('the first job of a folder makes its project, and says so', async () => {
  assert.deepEqual(await here(['submit', '--', 'sh', '-c', 'echo out; echo err >&2; exit 3']), {
    code: 0,
    stdout: 'toxd/1\n',
    stderr: 'labkeep: new project toxd (~/toxd)\n',
  });
});

test('wait exits with 1 for a job that failed, and says how', async () => {
  const ended = await here(['wait', '1']);
  assert.deepEqual(
    [ended.code, steady(ended.stdout), ended.stderr],
    [1, 'toxd/1 failed (exit 3), SPAN\n', ''],
  );
});

test('the log is what the job wrote, from both streams', async () => {
  const { code, stdout, stderr } = await here(['log', '1']);
  assert.deepEqual([code, stdout.split('\n').sort(), stderr], [0, ['', 'err', 'out'], '']);
  const page = parsed<Log>(await here(['log', '1', '--json']));
  assert.deepEqual([page.attempt, page.complete, page.items.length], [1, true, 2]);
});

test('submit --wait exits with 0 for a job that succeeded', async () => {
  const ended = await here(
    ['submit', '--wait', '--title', 'Copy', '--stdin', '-', '--priority', '7', 'cat'],
    'hello\n',
  );
  assert.deepEqual(
    [ended.code, ended.stdout, steady(ended.stderr)],
    [0, 'toxd/2\n', 'labkeep: toxd/2 succeeded, SPAN\n'],
  );
  assert.deepEqual(await here(['log', '2']), { code: 0, stdout: 'hello\n', stderr: '' });
});

test('a command that cannot be started fails, and says why', async () => {
  const why =
    'cannot start "no-such-program": no such program, or the interpreter in its first line does not exist (ENOENT)';
  const ended = await here(['submit', '--wait', '--', 'no-such-program', '-x']);
  assert.deepEqual(
    [ended.code, ended.stdout, steady(ended.stderr)],
    [1, 'toxd/3\n', `labkeep: toxd/3 failed (not started), SPAN\nlabkeep: ${why}\n`],
  );
  const log = await here(['log', '3']);
  assert.deepEqual(log, {
    code: 0,
    stdout: '',
    stderr: 'labkeep: nothing is written; labkeep show toxd/3 tells more\n',
  });
});

test('show tells all of a job', async () => {
  const { code, stdout, stderr } = await here(['show', '2', 'toxd/3']);
  assert.deepEqual([code, stderr], [0, '']);
  const owner = /Owner\s+(\S+)/.exec(stdout)?.[1] ?? '';
  assert.equal(
    steady(stdout).replaceAll(/\/\S+ \(sha256 [0-9a-f]{12}…\)/g, 'PROGRAM'),
    `toxd/2  succeeded  Copy
  Command     cat
  Stdin       6 B
  Ran on      ${hostname()}, as ${userInfo().username}
  Program     PROGRAM
  Owner       ${owner}
  Priority    7
  Created     TIME
  Started     TIME
  Finished    TIME, took SPAN
  Exit code   0
toxd/3  failed (not started)  no-such-program -x
  Command     no-such-program -x
  Ran on      ${hostname()}, as ${userInfo().username}
  Owner       ${owner}
  Created     TIME
  Started     TIME
  Finished    TIME, took SPAN
  Error       cannot start "no-such-program": no such program, or the interpreter in its first line does not exist (ENOENT)
`,
  );
});

test('a job after another runs when that ends as it has to, else never', async () => {
  assert.equal((await here(['submit', '--after', '1', '--', 'true'])).stdout, 'toxd/4\n');
  assert.equal((await here(['submit', '--wait', '--after', 'toxd/1:failure', '--', 'true'])).code, 0);
  assert.deepEqual(await here(['submit', '--after', 'toxd/1:failed', '--', 'true']), {
    code: 2,
    stdout: '',
    stderr:
      'labkeep: "toxd/1:failed" names no end to come after.\n  The ends are success, failure and any.\n',
  });
  assert.deepEqual(await here(['submit', '--after', '99', '--', 'true']), {
    code: 2,
    stdout: '',
    stderr:
      'labkeep: A job to come after does not exist: field after[0].job, found "toxd/99", expected a job that exists.\n  Name a job of this server or an index in the same request.\n',
  });
  const { code, stdout } = await here(['why', '4']);
  assert.equal(code, 0);
  assert.match(
    steady(stdout),
    /^toxd\/4 was cancelled \(TIME\): it comes after toxd\/1, which (is )?failed\.\n$/,
  );
});

test('hold, release, cancel and retry answer with the state', async () => {
  const go = home.path('toxd', 'released');
  await here(['submit', '--hold', '--', 'sh', '-c', `until [ -e ${go} ]; do sleep 0.05; done`]);
  assert.equal((await here(['why', '6'])).stdout, 'toxd/6 is held: it waits until somebody releases it.\n');
  assert.equal((await here(['hold', '6'])).stdout, 'toxd/6  waiting (held)\n');
  assert.deepEqual(await here(['cancel', '6']), {
    code: 0,
    stdout: 'toxd/6  cancelled (requested)\n',
    stderr: '',
  });
  assert.equal((await here(['release', '6'])).code, 5);
  assert.equal((await here(['retry', '6'])).stdout, 'toxd/6  ready\n');
  writeFileSync(go, '');
  assert.equal((await here(['wait', '6'])).code, 0);
});

test('an act on a job that is over is a conflict; the others are done all the same', async () => {
  await here(['submit', '--hold', '--', 'true']);
  const { code, stdout, stderr } = await here(['cancel', '2', '7']);
  assert.deepEqual([code, stdout], [5, 'toxd/7  cancelled (requested)\n']);
  assert.match(stderr, /^labkeep: .*toxd\/2.*succeeded.*\n {2}\S.*\n$/);
});

test('a rerun is a new job, with another command if one is given', async () => {
  const ended = await here(['rerun', '--wait', '1', '--', 'echo', 'again']);
  assert.deepEqual([ended.code, ended.stdout], [0, 'toxd/8\n']);
  const job = parsed<Job>(await here(['show', '--json', '8']));
  assert.deepEqual([job.rerunOf, job.command, job.title], ['toxd/1', ['echo', 'again'], 'echo again']);
});

test('a job runs in the folder where it was submitted', async () => {
  const inner = { cwd: home.path('toxd', 'inner') };
  assert.equal((await home.call(['submit', '--wait', '--', 'pwd'], inner)).stdout, 'toxd/9\n');
  assert.equal((await home.call(['log', '9'], inner)).stdout, `${home.path('toxd', 'inner')}\n`);
  await home.call(['submit', '--wait', '-p', 'toxd', '--', 'pwd'], { cwd: '/' });
  assert.equal((await home.call(['log', 'toxd/10'], { cwd: '/' })).stdout, '/\n');
  await here(['submit', '--wait', '--dir', 'inner', '--', 'pwd']);
  assert.equal((await here(['log', '11'])).stdout, `${home.path('toxd', 'inner')}\n`);
});

test('jobs lists the newest first, of one state if that is asked', async () => {
  const { code, stdout, stderr } = await here(['jobs', '--limit', '3']);
  assert.deepEqual([code, stderr], [0, 'labkeep: there are older ones; --limit shows more\n']);
  assert.equal(
    steady(stdout),
    `JOB      STATE      TITLE  WHEN                      TOOK
toxd/11  succeeded  pwd    TIME  SPAN
toxd/10  succeeded  pwd    TIME  SPAN
toxd/9   succeeded  pwd    TIME  SPAN
`,
  );
  const failed = parsed<JobList>(await here(['jobs', '--state', 'failed', '--json']));
  assert.deepEqual(
    failed.items.map(({ ref }) => ref),
    ['toxd/3', 'toxd/1'],
  );
  assert.equal(failed.next, null);
  const none = await here(['jobs', '-s', 'running,lost']);
  assert.deepEqual(none, { code: 0, stdout: '', stderr: 'labkeep: no running or lost jobs in toxd\n' });
  assert.equal((await here(['jobs', '-s', 'faild'])).code, 2);
});

test('labkeep alone lists the last five', async () => {
  const { stdout } = await here([]);
  const refs = [...stdout.matchAll(/^toxd\/(\d+)/gm)].map(([, number]) => number);
  assert.deepEqual(refs, ['11', '10', '9', '8', '7']);
  const elsewhere = await home.call(['--json'], { cwd: '/' });
  assert.equal(parsed<JobList>(elsewhere).items.length, 5);
});

test('--json prints what the server answered', async () => {
  const job = parsed<Job>(await here(['submit', '--json', '--wait', '--', 'false']));
  assert.deepEqual([job.ref, job.state, job.exitCode, job.reason], ['toxd/12', 'failed', 1, 'exit_code']);
  const why = parsed<Why>(await here(['why', '--json', '12']));
  assert.deepEqual([why.ref, why.state, why.ahead, why.unmet], ['toxd/12', 'failed', 0, []]);
  const missing = await here(['show', '--json', '99']);
  assert.deepEqual([missing.code, missing.stdout], [3, '']);
  const { code, status, found } = JSON.parse(missing.stderr) as Problem;
  assert.deepEqual([code, status, found], ['job_unknown', 404, 'toxd/99']);
});

test('log --follow prints while the job runs, and ends with it', async () => {
  const go = home.path('toxd', 'go');
  await here(['submit', '--', 'sh', '-c', `echo first; until [ -e ${go} ]; do sleep 0.05; done; echo last`]);
  const followed = here(['log', '-f', '13']);
  let seen = '';
  while (seen !== 'first\n') seen = (await here(['log', '13'])).stdout;
  writeFileSync(go, '');
  const { code, stdout, stderr } = await followed;
  assert.deepEqual(
    [code, stdout, steady(stderr)],
    [0, 'first\nlast\n', 'labkeep: toxd/13 succeeded, SPAN\n'],
  );
});

test('log --follow prints each attempt once, also while the job waits for the next', async () => {
  const found = readDiscovery(home.path('data', 'server.json'));
  assert.ok(found);
  const command = ['sh', '-c', 'if [ -e tried ]; then echo second; else touch tried; echo first; exit 1; fi'];
  const client = new LabkeepClient({
    url: found.url,
    token: readFileSync(home.path('data', 'token'), 'utf8').trim(),
  });
  await client.jobs.submit('toxd', { command, directory: folder, retry: { max: 1, delayMs: 1_500 } });
  const { code, stdout } = await here(['log', '-f', '14']);
  assert.deepEqual([code, stdout], [0, 'first\nsecond\n']);
});

test('a running job that is cancelled ends, and its wait with 1', async () => {
  await here(['submit', '--', 'sleep', '600']);
  const waiting = here(['wait', '15']);
  let state = '';
  while (state !== 'running') state = parsed<Job>(await here(['show', '--json', '15'])).state;
  assert.match((await here(['cancel', '15'])).stdout, /^toxd\/15 {2}(running \(stopping\)|cancelled.*)\n$/);
  const { code, stdout } = await waiting;
  assert.deepEqual([code, steady(stdout)], [1, 'toxd/15 cancelled (requested), SPAN\n']);
});

test('what is no job is said to be none', async () => {
  assert.deepEqual(await here(['show', 'foo']), {
    code: 2,
    stdout: '',
    stderr: 'labkeep: "foo" is not a job.\n  Name it as toxd/12, or 12 for a job of the project.\n',
  });
  assert.deepEqual(await here(['show', 'nix/1']), {
    code: 3,
    stdout: '',
    stderr: 'labkeep: There is no such project: nix.\n  labkeep project list shows those that there are.\n',
  });
});
