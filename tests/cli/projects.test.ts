/** Projects, tokens and who may do what, on a server without a worker. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import type { CreatedToken, EventList, Health, Job, Project, ProjectList, TokenList } from '@labkeep/client';
import { type Ended, Home, type Server } from './support/labkeep.ts';

const home = new Home();
let server: Server;
before(async () => {
  for (const folder of ['toxd', 'toxd/deep', 'other place', 'twin/toxd'])
    mkdirSync(home.path(folder), { recursive: true });
  server = await home.up(['--no-worker']);
});
after(async () => {
  assert.equal(await server.stop(), 0);
  await home.clean();
});

const parsed = <T>(ended: Ended): T => JSON.parse(ended.stdout) as T;
const submittedFrom = async (
  folder: string,
  env: Record<string, string> = {},
  ...options: string[]
): Promise<Ended> => home.call(['submit', ...options, '--', 'true'], { cwd: home.path(folder), env });

test('without projects the lists say how to begin', async () => {
  const list = await home.call(['project', 'list']);
  assert.deepEqual(list, {
    code: 0,
    stdout: '',
    stderr: 'labkeep: no projects yet; labkeep submit makes one\n',
  });
  assert.deepEqual(await home.call([]), {
    code: 0,
    stdout: 'No jobs yet. To submit one:  labkeep submit -- COMMAND ARGUMENTS\n',
    stderr: '',
  });
});

test('a project is made for a folder, and its name is never given twice', async () => {
  const made = await home.call(['project', 'create', 'refine', '--dir', 'toxd', '--title', 'Toxd, 1.6 Å']);
  assert.deepEqual(made, { code: 0, stdout: 'refine\n', stderr: '' });
  const again = await home.call(['project', 'create', 'refine']);
  assert.equal(again.code, 5);
  assert.match(again.stderr, /^labkeep: A project of this name exists.*\n {2}Use it, or choose another name/);
  const shown = await home.call(['project', 'show', 'refine', '--json']);
  const { name, title, directory, revision } = parsed<Project>(shown);
  assert.deepEqual([name, title, directory, revision], ['refine', 'Toxd, 1.6 Å', home.path('toxd'), 1]);
});

test('a misspelt project is answered with the right one, whichever way it was named', async () => {
  const refused = {
    code: 3,
    stdout: '',
    stderr: 'labkeep: There is no such project: refin.\n  Did you mean refine?\n',
  };
  for (const words of [
    ['jobs', '-p', 'refin'],
    ['show', 'refin/1'],
    ['cancel', 'refin/1'],
    ['project', 'show', 'refin'],
  ])
    assert.deepEqual(await home.call(words), refused, words.join(' '));
  assert.deepEqual(await home.call(['jobs', '-p', 'nothing-like-it']), {
    ...refused,
    stderr:
      'labkeep: There is no such project: nothing-like-it.\n  labkeep project list shows those that there are.\n',
  });
  const known = await home.call(['show', 'refine/99']);
  assert.match(known.stderr, /^labkeep: There is no such job: refine\/99\.\n/);
});

test('the project is the one named, else the environment’s, else the innermost around the folder', async () => {
  assert.equal((await submittedFrom('toxd/deep')).stdout, 'refine/1\n');
  await home.call(['project', 'create', 'deep', '--dir', 'toxd/deep']);
  assert.equal((await submittedFrom('toxd/deep')).stdout, 'deep/1\n');
  assert.equal((await submittedFrom('toxd/deep', { LABKEEP_PROJECT: 'refine' })).stdout, 'refine/2\n');
  assert.equal(
    (await submittedFrom('toxd/deep', { LABKEEP_PROJECT: 'refine' }, '-p', 'deep')).stdout,
    'deep/2\n',
  );
});

test('a folder without a project gets one of its name, as far as that can be a name', async () => {
  assert.deepEqual(await submittedFrom('other place'), {
    code: 0,
    stdout: 'other-place/1\n',
    stderr: 'labkeep: new project other-place (~/other place)\n',
  });
  assert.deepEqual(await home.call(['submit', '--', 'true'], { cwd: '/' }), {
    code: 2,
    stdout: '',
    stderr: 'labkeep: No project can be named after the folder /.\n  Name one with -p.\n',
  });
});

test('a name that another folder’s project has is not taken silently', async () => {
  await home.call(['project', 'create', 'toxd']);
  assert.deepEqual(await submittedFrom('twin/toxd'), {
    code: 5,
    stdout: '',
    stderr: `labkeep: This folder has no project, and the name toxd is taken by another.
  Use that with -p toxd, or make one: labkeep project create NAME --dir .
`,
  });
});

test('a project that does not exist is not found', async () => {
  assert.deepEqual(await home.call(['jobs', '-p', 'nix']), {
    code: 3,
    stdout: '',
    stderr: 'labkeep: There is no such project: nix.\n  labkeep project list shows those that there are.\n',
  });
  const nowhere = await home.call(['jobs'], { cwd: '/' });
  assert.deepEqual(nowhere, {
    code: 2,
    stdout: '',
    stderr:
      'labkeep: No project is named, and none has the folder /.\n  Name one with -p; labkeep project list shows them.\n',
  });
});

test('the list of projects is the server’s', async () => {
  const { items, next } = parsed<ProjectList>(await home.call(['project', 'list', '--json']));
  assert.deepEqual(
    items.map(({ name }) => name),
    ['deep', 'other-place', 'refine', 'toxd'],
  );
  assert.equal(next, null);
  const { stdout } = await home.call(['project', 'list']);
  assert.match(stdout, /^PROJECT +TITLE +OWNER +CREATED +FOLDER\n/);
  assert.match(stdout, /^refine +Toxd, 1\.6 Å +\S+ +\S+Z +~\/toxd$/m);
});

test('without a worker a job waits, and why says so', async () => {
  const { stdout } = await home.call(['why', 'refine/1']);
  assert.equal(stdout, 'No worker is connected; start one with labkeep worker.\n');
});

test('status tells who one is, and health is what the server says of itself', async () => {
  const { code, stdout } = await home.call(['status']);
  assert.equal(code, 0);
  assert.match(
    stdout,
    /^Labkeep \S+ at http:\/\/127\.0\.0\.1:\d+, on SQLite\nYou are \S+ \(admin\)\n4 projects, 0 workers\n$/,
  );
  const health = parsed<Health>(await home.call(['status', '--json']));
  assert.deepEqual([health.status, health.storage], ['ok', 'sqlite']);
});

test('a token is shown once, does what its role allows, and no more after it is revoked', async () => {
  const made = await home.call([
    'token',
    'create',
    '--name',
    'ada',
    '--role',
    'viewer',
    '-p',
    'refine',
    '--expires',
    '30d',
    '--json',
  ]);
  const { token, id, name, role, project, expiresAt } = parsed<CreatedToken>(made);
  assert.deepEqual([name, role, project], ['ada', 'viewer', 'refine']);
  assert.ok(expiresAt !== null && Math.abs(Date.parse(expiresAt) - Date.now() - 30 * 86_400_000) < 600_000);
  const env = { LABKEEP_SERVER: server.url, LABKEEP_TOKEN: token };

  assert.equal((await home.call(['show', 'refine/1'], { env })).code, 0);
  const denied = await home.call(['submit', '-p', 'refine', '--', 'true'], { env });
  assert.equal(denied.code, 4);
  assert.match(
    denied.stderr,
    /^labkeep: ada may not submit.*viewer.*expected the role contributor.*\n {2}Ask a manager/,
  );
  const other = await home.call(['jobs', '-p', 'deep'], { env });
  assert.deepEqual([other.code, other.stdout], [4, '']);

  const listed = await home.call(['token', 'list', '--json']);
  assert.doesNotMatch(listed.stdout, new RegExp(token));
  assert.ok(parsed<TokenList>(listed).items.some((one) => one.id === id));
  const revoked = await home.call(['token', 'revoke', id]);
  assert.deepEqual(revoked, { code: 0, stdout: '', stderr: `labkeep: token ${id} is revoked\n` });
  const after = await home.call(['show', 'refine/1'], { env });
  assert.deepEqual(after, {
    code: 4,
    stdout: '',
    stderr: 'labkeep: The token was revoked.\n  Ask for a new token.\n',
  });
  assert.equal((await home.call(['token', 'revoke', 'nosuch'])).code, 3);
});

test('without --json the token alone is on stdout', async () => {
  const { code, stdout, stderr } = await home.call(['token', 'create', '--name', 'bob', '--role', 'worker']);
  assert.equal(code, 0);
  assert.match(stdout, /^labkeep_[0-9a-z]+_[0-9a-z]+\n$/);
  assert.match(stderr, /^labkeep: token \w+ of bob \(worker\); it is not shown again\n$/);
});

test('a wrong token is refused', async () => {
  const env = { LABKEEP_SERVER: server.url, LABKEEP_TOKEN: 'labkeep_nonsense' };
  const { code, stdout, stderr } = await home.call(['project', 'list'], { env });
  assert.deepEqual([code, stdout], [4, '']);
  assert.match(stderr, /^labkeep: No valid token came with the request\.\n/);
});

test('the token of the data folder is for its server and for its equals; another is not told it', async (t) => {
  const told: unknown[] = [];
  const other = createServer((request, response) => {
    told.push(request.headers.authorization);
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => void other.listen(0, '127.0.0.1', resolve));
  t.after(() => other.close());
  const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;

  const among = { LABKEEP_SERVER: `${server.url},${url}` };
  assert.equal((await home.call(['project', 'list'], { env: among })).code, 0);
  assert.deepEqual(told, []);
  assert.notEqual((await home.call(['project', 'list'], { env: { LABKEEP_SERVER: url } })).code, 0);
  assert.deepEqual([...new Set(told)], [undefined]);
});

test('events are printed in order, and a cursor goes on from where a list ended', async () => {
  const page = parsed<EventList>(await home.call(['events', '--json', '-p', 'refine']));
  assert.deepEqual(
    page.items.map(({ type, jobs }) => [type, ...jobs.map(({ ref }) => ref)]),
    [['project.created'], ['jobs.created', 'refine/1'], ['jobs.created', 'refine/2']],
  );
  const [, second] = page.items;
  const rest = parsed<EventList>(
    await home.call(['events', '--json', '-p', 'refine', '--after', second?.cursor ?? '']),
  );
  assert.deepEqual(rest.items, page.items.slice(2));
  const text = await home.call(['events', '-n', '2', '-p', 'refine']);
  assert.match(
    text.stdout,
    /^\S+Z {2}project\.created {4}\S+ {2}refine\n\S+Z {2}jobs\.created {7}\S+ {2}refine\/1 ready\n$/,
  );
  assert.match(text.stderr, /^labkeep: there is more; go on with --after \S+\n$/);
  const wrong = await home.call(['events', '--after', 'nonsense']);
  assert.equal(wrong.code, 2);
});

test('a key that names no job of this server is refused before anything is recorded', async () => {
  const before = await home.call(['events', '--json']);
  const refused = await home.call(['submit', '-p', 'refine', '--after', 'refine/77', '--', 'true']);
  assert.equal(refused.code, 2);
  assert.deepEqual(await home.call(['events', '--json']), before);
  const job = parsed<Job>(await home.call(['show', 'refine/2', '--json']));
  assert.equal(job.state, 'ready');
});
