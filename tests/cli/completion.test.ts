/** Completion: what Tab offers, asked of the running server; and the scripts, in the shells that are here. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { LabkeepClient } from '@labkeep/client';
import { commands } from '../../src/cli/commands.ts';
import { topics } from '../../src/cli/pages/topics.ts';
import { roleNames } from '../../src/core/access/roles.ts';
import { Home, program, type Server } from './support/labkeep.ts';

const home = new Home();
const folder = home.path('toxd');
let server: Server;
before(async () => {
  mkdirSync(folder);
  const parameters = 'parameters.properties';
  writeFileSync(
    home.path('tasks.toml'),
    `["task"."demo.task"]
${parameters}.from = { description = "Where from" }
${parameters}.kind = { enum = ["a", "b"] }
`,
  );
  server = await home.up(['--tasks', 'tasks.toml']);
  await home.call(['project', 'create', 'toxd', '--dir', folder, '--title', 'Toxin D']);
  await home.call(['project', 'create', 'other']);
  for (const title of ['first', 'second\twith a tab'])
    await home.call(['submit', '--hold', '--title', title, '--', 'true'], { cwd: folder });
  await home.call(['submit', '--wait', '--title', 'done', '--', 'true'], { cwd: folder });
  await home.call(['template', 'save', 'scan', '3'], { cwd: folder });
  await home.call(['db', 'add', 'embl', '--kind', 'bank']);
  mkdirSync(home.path('nr'));
  mkdirSync(home.path('new'));
  writeFileSync(home.path('new', 'a'), 'a');
  await home.call(['db', 'add', 'nr', '--kind', 'files', '--directory', home.path('nr')]);
  for (const release of ['a1', 'a2'])
    await home.run(['db', 'publish', 'nr', home.path('new'), '--release', release]);
});
after(() => home.clean());

/** However busy the machine is. */
const patient = { LABKEEP_COMPLETE_MS: '60000' };

/** What Tab offers after these words. */
async function offered(words: readonly string[], cwd = folder): Promise<readonly string[]> {
  const { code, stdout, stderr } = await home.call(['complete', ...words], { cwd, env: patient });
  assert.deepEqual([code, stderr], [0, '']);
  return stdout.split('\n').filter((line) => line !== '');
}

const values = async (...words: readonly string[]): Promise<readonly string[]> =>
  (await offered(words)).map((line) => line.split('\t')[0] ?? '');

test('commands are offered with what they do', async () => {
  const shown = commands.filter(({ group }) => group !== null);
  assert.deepEqual(
    await offered(['']),
    shown.map(({ name, about }) => `${name}\t${about}`),
  );
  assert.deepEqual(await values('ba'), ['backup']);
  assert.deepEqual(await values('rec'), []);
  assert.deepEqual(await values('-'), ['--help', '--version']);
  assert.deepEqual(await values('token', ''), ['create', 'list', 'revoke']);
  assert.deepEqual(
    await values('help', 'en'),
    topics.map(({ name }) => name).filter((name) => name.startsWith('en')),
  );
});

test('options are offered, but for those given', async () => {
  assert.deepEqual(await values('submit', '--on-lost', ''), ['fail', 'retry', 'ask']);
  assert.deepEqual(await values('jobs', '--li'), ['--limit']);
  assert.deepEqual(await values('log', '--follow', '--f'), []);
  assert.deepEqual(await values('project', 'create', '--ti'), ['--title']);
});

test('jobs are offered by number in their project, with state and title; by reference elsewhere', async () => {
  assert.deepEqual(await offered(['show', '']), [
    '3\tsucceeded  done',
    '2\twaiting (held)  second with a tab',
    '1\twaiting (held)  first',
  ]);
  assert.deepEqual(await values('show', '1', ''), ['3', '2', '1']);
  assert.deepEqual(await values('show', 'toxd/'), ['toxd/3', 'toxd/2', 'toxd/1']);
  assert.deepEqual(await values('log', '-p', 'toxd', '2'), ['2']);
  const elsewhere = await offered(['show', ''], home.folder);
  assert.deepEqual(elsewhere, ['other/\t', 'toxd/\tToxin D']);
});

test('tasks are offered by name, their parameters with what they mean, and the values that these may have', async () => {
  assert.deepEqual(await values('task', 'show', 'dem'), ['demo.task']);
  assert.deepEqual(await offered(['task', 'run', 'demo.task', '--param', '']), [
    'from=\tWhere from',
    'kind=\t',
  ]);
  assert.deepEqual(await values('task', 'status', 'demo.task', '--param', 'kind='), ['kind=a', 'kind=b']);
});

test('an act is offered the jobs for which it makes sense', async () => {
  assert.deepEqual(await values('cancel', ''), ['2', '1']);
  assert.deepEqual(await values('retry', ''), []);
});

test('values are offered where they are known: states, roles, projects, shells, files', async () => {
  assert.deepEqual(await values('jobs', '--state', 'r'), ['ready', 'running']);
  assert.deepEqual(await values('token', 'create', '--role', ''), [...roleNames]);
  assert.deepEqual(await values('jobs', '-p', ''), ['other', 'toxd']);
  assert.deepEqual(await values('project', 'show', 't'), ['toxd']);
  assert.deepEqual(await values('project', 'create', 't'), []);
  assert.deepEqual(await values('rate', '1', 'b'), ['best', 'bad']);
  assert.deepEqual(await values('template', 'show', ''), ['scan']);
  assert.deepEqual(await values('template', 'save', ''), []);
  assert.deepEqual(await offered(['submit', '--template', 's']), ['scan\tdone']);
  assert.deepEqual(await values('db', 'show', 'e'), ['embl']);
  assert.deepEqual(await values('db', 'add', 'e'), []);
  assert.deepEqual(await values('db', 'add', 'x', '--kind', 'b'), ['bank']);
  assert.deepEqual(await values('completion', ''), ['bash', 'zsh', 'fish']);
  assert.deepEqual(await values('up', '--journal', ''), ['auto', 'wal', 'rollback']);
  assert.deepEqual(await values('backup', 'co'), [':files']);
  assert.deepEqual(await values('submit', '--', 'ca'), [':files']);
});

test('databases, their releases, locks and sessions are offered where they are meant', async (t) => {
  assert.deepEqual(await values('lock', 'list', ''), ['embl', 'nr']);
  assert.deepEqual(await values('lock', 'run', 'em'), ['embl:shared', 'embl:exclusive']);
  assert.deepEqual(await values('lock', 'run', 'embl:shared', 'nr:e'), ['nr:exclusive']);
  assert.deepEqual(await values('submit', '--lock', 'embl:s'), ['embl:shared']);
  assert.deepEqual(await values('submit', '--lock', 'nr@a1'), ['nr@a1:shared', 'nr@a1:exclusive']);
  assert.deepEqual(await offered(['db', 'pin', '']), ['nr@a2\tcurrent', 'nr@a1\tkept']);
  assert.deepEqual(await values('db', 'set', 'nr', '--release', ''), ['a2', 'a1']);
  assert.deepEqual(await values('db', 'publish', 'nr', 'new', '--release', ''), []);
  assert.deepEqual(await values('raadbstatus', 'e'), ['embl']);

  const client = new LabkeepClient({
    url: server.url,
    token: readFileSync(home.path('data', 'token'), 'utf8').trim(),
  });
  const { session } = await client.sessions.open({ name: 'a reader' });
  t.after(() => client.sessions.end(session));
  const { lock } = await client.locks.acquire({ session, locks: ['embl:shared'] });
  const me = userInfo().username;
  assert.deepEqual(await offered(['session', 'end', '']), [`${session}\ta reader of ${me}`]);
  const [offer = ''] = await offered(['lock', 'break', '']);
  assert.match(offer, new RegExp(`^${lock}\tembl:shared  .*a reader`));
});

test('without a server, or of what there is not, nothing is offered and nothing said', async () => {
  const away = { env: { LABKEEP_DATA: home.path('nowhere') }, cwd: folder };
  const silent = { code: 0, stdout: '', stderr: '' };
  assert.deepEqual(await home.call(['complete', 'show', ''], away), silent);
  assert.deepEqual(
    await home.call(['complete', 'jobs', '-p', ''], { env: { LABKEEP_TOKEN: 'wrong' } }),
    silent,
  );
  assert.deepEqual(await home.call(['complete', 'nonsense', '']), silent);
  assert.deepEqual(await home.call(['complete']).then(({ code }) => code), 0);
});

/** Runs a script in a shell in which completion is loaded and `labkeep` is on the PATH. */
function inShell(shell: string, args: readonly string[], script: string): string {
  const path = `${join(program, '..')}:${process.env.PATH}`;
  const { stdout, stderr, status } = spawnSync(shell, [...args, script], {
    cwd: folder,
    env: home.env({ ...patient, PATH: path, TERM: 'xterm' }),
    encoding: 'utf8',
  });
  assert.deepEqual([status, stderr], [0, ''], `${shell}: ${stdout}`);
  return stdout;
}

function missing(shell: string): string | false {
  return spawnSync(shell, ['-c', 'exit']).status === 0 ? false : `${shell} is not installed here`;
}

test('a server that does not answer in time keeps nobody waiting', async (t) => {
  const mute = createServer();
  await new Promise<void>((resolve) => void mute.listen(0, '127.0.0.1', resolve));
  t.after(() => mute.close());
  const { port } = mute.address() as AddressInfo;
  const env = { LABKEEP_SERVER: `http://127.0.0.1:${port}`, LABKEEP_COMPLETE_MS: '50' };
  assert.deepEqual(await home.call(['complete', 'show', ''], { env }), { code: 0, stdout: '', stderr: '' });
});

test('bash completes', { skip: missing('bash') }, () => {
  const script = `
    source <(labkeep completion bash)
    compopt() { echo "compopt $*"; }
    offer() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _labkeep; echo "\${COMPREPLY[*]}"; }
    offer labkeep bac
    offer labkeep backup co
    offer labkeep show ''
    offer labkeep submit --lock embl : e
    offer labkeep db pin nr @
    offer labkeep task run demo.task --param kind =
    COMP_LINE='labkeep lock run embl:shared ' COMP_POINT=29
    offer labkeep lock run embl : shared ''
    complete -p labkeep
  `;
  assert.equal(
    inShell('bash', ['--norc', '-c'], script),
    'backup\ncompopt -o default\n\n3 2 1\nexclusive\na2 a1\na b\nembl:shared embl:exclusive nr:shared nr:exclusive\ncomplete -o nosort -F _labkeep labkeep\n',
  );
});

test('fish completes', { skip: missing('fish') }, () => {
  writeFileSync(join(folder, 'copy.db'), '');
  const script = `
    labkeep completion fish | source
    complete --do-complete 'labkeep bac'
    complete --do-complete 'labkeep show '
    complete --do-complete 'labkeep backup cop'
  `;
  assert.equal(
    inShell('fish', ['--no-config', '-c'], script),
    `backup\t${commands.find(({ name }) => name === 'backup')?.about}
3\tsucceeded  done
2\twaiting (held)  second with a tab
1\twaiting (held)  first
copy.db
`,
  );
});

test('zsh completes', { skip: missing('zsh') }, () => {
  const script = `
    autoload -Uz compinit && compinit -D
    source <(labkeep completion zsh)
    _describe() { print -r -- "$2 $3:" "\${(@P)3}"; }
    _files() { print files; }
    offer() { words=("$@"); CURRENT=$#; _labkeep; }
    offer labkeep bac
    offer labkeep backup co
    offer labkeep show toxd/
    offer labkeep jobs -p t
    print $_comps[labkeep]
  `;
  assert.equal(
    inShell('zsh', ['--no-rcs', '-c'], script),
    `labkeep values: backup:${commands.find(({ name }) => name === 'backup')?.about}
files
labkeep values: toxd/3:succeeded  done toxd/2:waiting (held)  second with a tab toxd/1:waiting (held)  first
labkeep values: toxd:Toxin D
_labkeep
`,
  );
});
