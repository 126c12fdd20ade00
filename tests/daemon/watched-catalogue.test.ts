import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ownerPrincipal } from '../../src/daemon/owner.ts';
import { settleMs } from '../../src/daemon/read-declarations.ts';
import { nodeTimers } from '../../src/daemon/timers.ts';
import { TroubleLog } from '../../src/daemon/troubles.ts';
import { WatchedCatalogue } from '../../src/daemon/watched-catalogue.ts';
import { ServerLab } from '../http/server-lab.ts';
import { until } from '../support/until.ts';

const caller = { principal: ownerPrincipal() };

class Watch {
  readonly folder = mkdtempSync(join(tmpdir(), 'labkeep-catalogue-'));
  readonly logged: string[] = [];
  readonly lab: ServerLab;
  /** Called before each timer fires. */
  onTimer: (ms: number) => void = () => undefined;

  constructor(lab: ServerLab, t: TestContext) {
    this.lab = lab;
    t.after(() => rmSync(this.folder, { recursive: true, force: true }));
  }

  static async open(t: TestContext): Promise<Watch> {
    return new Watch(await ServerLab.open(t), t);
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** In place of what is there, as editors do. */
  write(name: string, text: string | Uint8Array): string {
    const path = this.path(name);
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
    return path;
  }

  async start(
    t: TestContext,
    files: readonly string[],
    envNames: string | null = null,
    isAlone = true,
  ): Promise<WatchedCatalogue> {
    const note = (_: object, message: string): void => void this.logged.push(message);
    const log = { info: () => undefined, warn: note, error: note };
    const catalogue = new WatchedCatalogue({
      files: files.map((name) => this.path(name)),
      envNames: envNames === null ? null : this.path(envNames),
      useCases: this.lab.useCases,
      caller,
      isAlone,
      timers: {
        after: (ms, act) =>
          nodeTimers.after(ms, () => {
            this.onTimer(ms);
            act();
          }),
      },
      log,
      troubles: new TroubleLog({ log, now: () => 0, storage: 'memory' }),
    });
    t.after(() => catalogue.stop());
    await catalogue.start();
    return catalogue;
  }

  /** `embl:on`, and the tag behind a comma. */
  async list(): Promise<readonly string[]> {
    const request = { tag: undefined, projects: false, limit: 1_000 };
    const { items } = await this.lab.useCases.listDatabases(caller, request);
    return items.map(({ name, state, tag }) => `${name}:${state}${tag === null ? '' : `,${tag}`}`);
  }

  problems(): readonly string[] {
    return this.lab.useCases.catalogueProblems.all().map(({ file, line, text }) => {
      return `${file.slice(this.folder.length + 1)}:${line} ${text}`;
    });
  }

  async becomes(...expected: readonly string[]): Promise<void> {
    await until(
      `the catalogue is ${expected.join()}`,
      async () => (await this.list()).join() === expected.join(),
    );
  }

  /** Until one is told that matches, or (null) none is. */
  async tells(what: RegExp | null): Promise<void> {
    await until(what === null ? 'no problem is told' : `a problem is told like ${what}`, () => {
      const problems = this.problems();
      return what === null ? problems.length === 0 : problems.some((problem) => what.test(problem));
    });
  }
}

test('the catalogue follows a TOML file as it is written, replaced and mended', {
  timeout: 30_000,
}, async (t) => {
  const watch = await Watch.open(t);
  watch.write('ours.toml', '[database.embl]\n[database.nr]\nkind = "files"\n');
  await watch.start(t, ['ours.toml']);
  assert.deepEqual(await watch.list(), ['embl:on', 'nr:on']);
  watch.write('ours.toml', '[database.embl]\ntag = "TP"\n[database.nr]\nkind = "files"\nstate = "off"\n');
  await watch.becomes('embl:on,TP', 'nr:off');
  // In place, not by another file of its name.
  writeFileSync(watch.path('ours.toml'), '[database.nr]\nkind = "files"\n');
  await watch.becomes('nr:on');
  assert.deepEqual(watch.problems(), []);
});

test('with an error in the file the last good state stays, and the error is told with its line', {
  timeout: 30_000,
}, async (t) => {
  const watch = await Watch.open(t);
  watch.write('ours.toml', '[database.embl]\n');
  await watch.start(t, ['ours.toml']);
  watch.write('ours.toml', '[database.nr]\n[database.embl\n');
  await watch.tells(/^ours\.toml:2 It is not TOML/);
  assert.deepEqual(await watch.list(), ['embl:on']);
  watch.write('ours.toml', '[database.nr]\n[database.embl]\nstate = "offf"\n');
  await watch.tells(/^ours\.toml:3 .*expected on or off/);
  watch.write('ours.toml', Buffer.from('[database.nr]\ndescription = "\xe9"\n', 'latin1'));
  await watch.tells(/UTF-8/);
  assert.deepEqual(await watch.list(), ['embl:on']);
  assert.ok(watch.logged.some((line) => line.includes('It is not TOML')));
  rmSync(watch.path('ours.toml'));
  await watch.tells(/no such file/);
  assert.deepEqual(await watch.list(), ['embl:on']);
  watch.write('ours.toml', '[database.nr]\n');
  await watch.becomes('nr:on');
  await watch.tells(null);
});

test('a file that is not there when the server starts is told, and read when it comes', {
  timeout: 30_000,
}, async (t) => {
  const watch = await Watch.open(t);
  await watch.start(t, ['ours.toml']);
  assert.match(watch.problems().join(), /no such file/);
  watch.write('ours.toml', '[database.embl]\n');
  await watch.becomes('embl:on');
});

test('old files are read, with the folders of the other; both are followed', {
  timeout: 30_000,
}, async (t) => {
  const watch = await Watch.open(t);
  watch.write('known', Buffer.from('# banks\nembl|on||d\xe9p\xf4t|\nhov | OFF | TP\n', 'latin1'));
  watch.write('env', "setenv embl '/i /f'\n");
  await watch.start(t, ['known'], 'env');
  assert.deepEqual(await watch.list(), ['embl:on', 'hov:off,TP']);
  const embl = async () => watch.lab.useCases.getDatabase(caller, 'embl');
  assert.deepEqual((await embl()).settings, { directory: '/i', flatFiles: '/f' });
  assert.equal((await embl()).description, 'dépôt');
  watch.write('env', "setenv embl '/j'\n");
  await until('its folder is /j', async () => (await embl()).settings.directory === '/j');
  watch.write('env', 'setenv\n');
  await watch.tells(/^env:1 .*setenv NAME/);
  assert.equal((await embl()).settings.directory, '/j');
  watch.write('known', 'embl|off\nhov|off\nhov|on\n');
  watch.write('env', "setenv embl '/j'\n");
  await watch.tells(/^known:3 .*line 2/);
  assert.deepEqual(await watch.list(), ['embl:on', 'hov:off,TP']);
});

test('what leaves the file is off while somebody uses it, then goes', { timeout: 40_000 }, async (t) => {
  const watch = await Watch.open(t);
  watch.write('ours.toml', '[database.embl]\n[database.nr]\n');
  await watch.start(t, ['ours.toml']);
  const body = { locks: ['embl:shared'] };
  const { lock, epoch } = await watch.lab.ok('POST', '/v1/locks', { body });
  watch.write('ours.toml', '');
  await watch.becomes('embl:off');
  await watch.tells(/it is removed when nobody uses it/);
  await watch.lab.ok('POST', '/v1/locks/release', { body: { locks: [{ lock, epoch }] } });
  await watch.becomes();
  await watch.tells(null);
});

test('entries made by hand are never touched, and hold the place of the file’s', {
  timeout: 40_000,
}, async (t) => {
  const watch = await Watch.open(t);
  const hand = await watch.lab.ok('POST', '/v1/databases', {
    body: { name: 'embl', kind: 'bank', tag: 'mine' },
  });
  watch.write('ours.toml', '[database.embl]\n[database.nr]\n');
  await watch.start(t, ['ours.toml']);
  assert.match(watch.problems().join(), /^ours\.toml:1 embl was added by hand/);
  watch.write('ours.toml', '[database.nr]\ntag = "x"\n');
  await watch.becomes('embl:on,mine', 'nr:on,x');
  assert.deepEqual(await watch.lab.ok('GET', '/v1/databases/embl'), hand);
  watch.write('ours.toml', '[database.embl]\n');
  await watch.tells(/by hand/);
  // Once it is free, the file has its way without being written again.
  await watch.lab.ok('DELETE', '/v1/databases/embl');
  await watch.becomes('embl:on');
  await watch.tells(null);
});

test('what people change in between stays until a file changes', { timeout: 30_000 }, async (t) => {
  const watch = await Watch.open(t);
  watch.write('ours.toml', '[database.embl]\n[database.nr]\n');
  await watch.start(t, ['ours.toml']);
  await watch.lab.ok('POST', '/v1/databases/nr/off');
  // A closure is not ended by a file, whatever it says.
  await watch.lab.ok('POST', '/v1/databases/embl/close');
  watch.write('ours.toml', '[database.embl]\nstate = "off"\ndescription = "x"\n[database.nr]\n');
  await watch.becomes('embl:closed', 'nr:on');
  const { description } = await watch.lab.ok('GET', '/v1/databases/embl');
  assert.equal(description, 'x');
});

test('a name in two files is told of both, and its entry stays as it was', { timeout: 30_000 }, async (t) => {
  const watch = await Watch.open(t);
  watch.write('a.toml', '[database.embl]\ntag = "A"\n');
  watch.write('b.toml', '[database.nr]\n');
  await watch.start(t, ['a.toml', 'b.toml']);
  watch.write('b.toml', '[database.nr]\n[database.embl]\ntag = "B"\n');
  await watch.tells(/^b\.toml:2 embl is declared in .*a\.toml too/);
  await watch.tells(/^a\.toml:1 embl is declared in .*b\.toml too/);
  assert.deepEqual(await watch.list(), ['embl:on,A', 'nr:on']);
});

test('an entry that moves to another watched file keeps its release and its readers', {
  timeout: 40_000,
}, async (t) => {
  const watch = await Watch.open(t);
  watch.write('a.toml', '[database.embl]\n[database.nr]\nrelease = "1"\n');
  watch.write('b.toml', '');
  await watch.start(t, ['a.toml', 'b.toml']);
  await watch.lab.ok('POST', '/v1/locks', { body: { locks: ['embl:shared', 'nr:shared'] } });
  const before = await watch.lab.ok('GET', '/v1/databases/nr');
  watch.write('b.toml', '[database.embl]\n[database.nr]\n');
  await watch.tells(/declared in .* too/);
  watch.write('a.toml', '');
  await watch.tells(null);
  const [embl, nr] = [
    await watch.lab.ok('GET', '/v1/databases/embl'),
    await watch.lab.ok('GET', '/v1/databases/nr'),
  ];
  const moved = { declaredIn: watch.path('b.toml'), revision: before.revision + 1 };
  assert.deepEqual(nr, { ...before, ...moved });
  assert.deepEqual([embl.declaredIn, embl.state], [watch.path('b.toml'), 'on']);
  // The other way round: it leaves one file before it is in the other.
  watch.write('b.toml', '[database.embl]\n');
  await watch.becomes('embl:on', 'nr:off');
  watch.write('a.toml', '[database.nr]\n');
  await watch.becomes('embl:on', 'nr:on');
  await watch.tells(null);
  const { release, declaredIn } = await watch.lab.ok('GET', '/v1/databases/nr');
  assert.deepEqual([release, declaredIn], ['1', watch.path('a.toml')]);
});

test('a file of another name takes over, unless another server may watch the first', {
  timeout: 40_000,
}, async (t) => {
  const watch = await Watch.open(t);
  watch.write('old.toml', '[database.embl]\nrelease = "1"\n');
  const first = await watch.start(t, ['old.toml']);
  await first.stop();
  watch.write('new.toml', '[database.embl]\ntag = "x"\n');
  const second = await watch.start(t, ['new.toml'], null, false);
  assert.match(watch.problems().join(), /embl was declared in .*old\.toml/);
  assert.deepEqual(await watch.list(), ['embl:on']);
  await second.stop();
  await watch.start(t, ['new.toml']);
  assert.deepEqual(await watch.list(), ['embl:on,x']);
  assert.equal((await watch.lab.ok('GET', '/v1/databases/embl')).release, '1');
});

test('a file that is being written in place is not taken for an empty one', {
  timeout: 30_000,
}, async (t) => {
  const watch = await Watch.open(t);
  watch.write('ours.toml', '[database.embl]\n');
  await watch.start(t, ['ours.toml']);
  const { createdAt } = await watch.lab.ok('GET', '/v1/databases/embl');
  assert.ok(createdAt);
  let settled = 0;
  watch.onTimer = (ms) => {
    if (ms !== settleMs) return;
    settled += 1;
    if (settled === 1) writeFileSync(watch.path('ours.toml'), '[database.embl]\ntag = "x"\n');
  };
  writeFileSync(watch.path('ours.toml'), '');
  await watch.becomes('embl:on,x');
  assert.ok(settled >= 2, 'it was read until it was the same twice');
  const after = await watch.lab.ok('GET', '/v1/databases/embl');
  assert.deepEqual([after.createdAt, after.revision], [createdAt, 2], 'the same entry, changed once');
});
