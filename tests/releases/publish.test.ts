/** What becomes of files when a directory is published, refused, or its publisher killed. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Fault, type FaultCode } from '../../src/core/faults.ts';
import { publishSteps } from '../../src/releases/publish.ts';
import { straightenLink, tidy } from '../../src/releases/tidy.ts';
import { verify } from '../../src/releases/verify.ts';
import { ReleaseLab } from './release-lab.ts';

const files = { 'a.dat': 'AAAA', 'sub/b.txt': 'b\n', 'sub/deep/c': '' };
const quiet = { signal: null, done: () => undefined };

function inLab(name: string, body: (lab: ReleaseLab) => Promise<void>): void {
  test(name, { timeout: 60_000 }, async () => {
    const lab = new ReleaseLab();
    lab.fill(files);
    try {
      await body(lab);
    } finally {
      rmSync(lab.folder, { recursive: true });
    }
  });
}

async function refused(code: FaultCode, act: () => Promise<unknown>): Promise<Fault> {
  const error = await act().then(
    () => assert.fail(`expected ${code}`),
    (found: unknown) => found,
  );
  assert.ok(error instanceof Fault, String(error));
  assert.equal(error.code, code, error.message);
  return error;
}

for (const move of [false, true])
  inLab(`a directory is published ${move ? 'by moving it' : 'as a copy'}`, async (lab) => {
    symlinkSync('sub/b.txt', join(lab.from, 'link'));
    const published = await lab.publish('1', { move });
    assert.deepEqual([published.files, published.bytes, published.path], [3, 6, join(lab.root, '1')]);
    assert.deepEqual([lab.read('1', 'a.dat'), lab.read('1', 'link'), lab.current], ['AAAA', 'b\n', '1']);
    assert.equal(existsSync(lab.from), !move);
    lab.isClean('1');
    assert.deepEqual(lab.told, ['begin 1', 'publish 1']);
    const list = spawnSync(
      'sha256sum',
      ['--check', '--strict', join('..', '.labkeep', 'lists', '1.sha256')],
      {
        cwd: join(lab.root, '1'),
      },
    );
    assert.equal(list.status, 0, String(list.stderr));
  });

for (const step of ['read', 'bring', 'verify'] as const)
  for (const move of [false, true])
    inLab(
      `a directory that changes at ${step} is refused, and nothing is left (${move ? 'move' : 'copy'})`,
      async (lab) => {
        const before = Object.keys(files).map((name) => readFileSync(join(lab.from, name), 'utf8'));
        let was = '';
        const change = (at: string): void => {
          if (at === step && was !== step) {
            const there = existsSync(lab.from) ? lab.from : join(lab.root, '.labkeep', 'building', '1', '1');
            // The same size: only what is in it tells.
            writeFileSync(join(there, 'a.dat'), 'BBBB');
          }
          was = at;
        };
        const isSeen = step !== 'read';
        const work = lab.publish('1', { move }, { report: change });
        if (isSeen) {
          await refusedAt(work, 'a.dat');
          lab.isClean();
          assert.equal(lab.current, null);
          assert.deepEqual(lab.told, ['begin 1', 'drop 1']);
          writeFileSync(join(lab.from, 'a.dat'), 'AAAA');
          assert.deepEqual(
            Object.keys(files).map((name) => readFileSync(join(lab.from, name), 'utf8')),
            before,
            'the directory is where it was',
          );
        } else if (move) {
          // Before anything was read of it, a change is no change.
          await work;
          assert.equal(lab.read('1', 'a.dat'), 'BBBB');
        } else await refusedAt(work, 'a.dat');
      },
    );

async function refusedAt(work: Promise<unknown>, name: string): Promise<void> {
  const { said } = await refused('directory_changed', () => work);
  assert.match(String(said.found), new RegExp(`${name}$`));
}

inLab('a file that comes while the directory is published is noticed', async (lab) => {
  let came = false;
  const report = (at: string): void => {
    if (at === 'bring' && !came) writeFileSync(join(lab.from, 'late'), 'x');
    came ||= at === 'bring';
  };
  await refusedAt(lab.publish('1', {}, { report }), 'late');
  lab.isClean();
});

inLab('what cannot be published is refused', async (lab) => {
  const bad = join(lab.folder, 'bad');
  const of = (make: (directory: string) => void): Promise<Fault> => {
    rmSync(bad, { recursive: true, force: true });
    mkdirSync(bad);
    writeFileSync(join(bad, 'file'), 'x');
    make(bad);
    return refused('invalid_field', () => lab.publish('1', { from: bad }));
  };
  await of((at) => symlinkSync('/etc/passwd', join(at, 'out')));
  await of((at) => symlinkSync('../new/a.dat', join(at, 'out')));
  await of((at) => symlinkSync('nowhere', join(at, 'out')));
  await of((at) => writeFileSync(join(at, 'two\nlines'), 'x'));
  await of((at) => spawnSync('mkfifo', [join(at, 'pipe')]));
  await of((at) => rmSync(join(at, 'file')));
  await of((at) => rmSync(at, { recursive: true }));
  await refused('invalid_field', () => lab.publish('1', { from: lab.root }));
  await refused('invalid_field', () => lab.publish('1', { from: lab.folder }));
  for (const release of ['current', 'build', '../up', '.labkeep', ''])
    await refused('invalid_field', () => lab.publish(release));
  lab.isClean();
});

inLab('a folder or a link that labkeep did not make is left alone', async (lab) => {
  mkdirSync(join(lab.root, '1'));
  writeFileSync(join(lab.root, '1', 'mine'), 'x');
  await refused('state_conflict', () => lab.publish('1'));
  assert.equal(lab.read('1', 'mine'), 'x');
  mkdirSync(join(lab.root, 'current'));
  await refused('state_conflict', () => lab.publish('2'));
});

inLab('a refusal of the record leaves nothing, before the release has its place', async (lab) => {
  const no = async (): Promise<void> => {
    throw new Fault('lock_lost');
  };
  await refused('lock_lost', () => lab.publish('1', { move: true }, {}, { confirm: no }));
  lab.isClean();
  assert.ok(existsSync(join(lab.from, 'a.dat')));
});

inLab('an end on request leaves nothing', async (lab) => {
  const stop = new AbortController();
  const report = (at: string): void => {
    if (at === 'verify') stop.abort(new Fault('stopping'));
  };
  await assert.rejects(lab.publish('1', {}, { signal: stop.signal, report }));
  lab.isClean();
});

for (const move of [false, true])
  for (const step of publishSteps)
    inLab(
      `a publisher that is killed at ${step} leaves readers alone, and the next goes on (${move ? 'move' : 'copy'})`,
      async (lab) => {
        lab.fill({ 'a.dat': 'old' }, join(lab.folder, 'old'));
        await lab.publish('0', { from: join(lab.folder, 'old') });
        const script = join(import.meta.dirname, 'killed-publisher.ts');
        const killed = spawnSync(process.execPath, [
          ...['--conditions=labkeep-source', script, lab.root, '1', lab.from, '1000', step],
          ...(move ? ['move'] : []),
        ]);
        assert.equal(killed.signal, 'SIGKILL', String(killed.stderr));
        assert.equal(lab.read('0', 'a.dat'), 'old');
        const record = existsSync(`${lab.root}.record`) ? readFileSync(`${lab.root}.record`, 'utf8') : '';
        if (record.includes('publish\n')) {
          // The record says that it is read: the link follows, and what helped to make it goes.
          await straightenLink(lab.root, async () => '1');
        } else {
          assert.equal(lab.current, '0', 'who follows the link reads what was read before');
          await lab.publish('1', { move });
        }
        assert.equal(lab.current, '1');
        assert.equal(lab.read('1', 'a.dat'), 'AAAA');
        lab.isClean('0', '1');
      },
    );

inLab('a release is verified by its list, and the list by the record', async (lab) => {
  const published = await lab.publish('1');
  const record = { release: '1', ...published };
  assert.deepEqual((await verify(record, quiet)).damage, []);
  appendFileSync(join(lab.root, '1', 'a.dat'), 'x');
  rmSync(join(lab.root, '1', 'sub', 'b.txt'));
  writeFileSync(join(lab.root, '1', 'more'), '');
  assert.deepEqual((await verify(record, quiet)).damage, [
    { path: 'a.dat', what: 'changed' },
    { path: 'sub/b.txt', what: 'missing' },
    { path: 'more', what: 'added' },
  ]);
  appendFileSync(join(lab.root, '.labkeep', 'lists', '1.sha256'), '# x\n');
  await refused('release_damaged', () => verify(record, quiet));
  rmSync(join(lab.root, '1'), { recursive: true });
  await refused('release_damaged', () => verify(record, quiet));
});

inLab('only what labkeep placed is ever removed', async (lab) => {
  const one = { release: '1', ...(await lab.publish('1')) };
  const gone: string[] = [];
  const tidied = (going: typeof one) =>
    tidy({
      markGoing: async () => [going],
      markGone: async (release) => {
        gone.push(release);
      },
    });
  for (const wrong of [
    { ...one, sha256: 'f'.repeat(64) },
    { ...one, path: lab.from },
    { ...one, path: join(lab.folder, 'elsewhere', '1') },
  ])
    assert.equal((await tidied(wrong)).left.length, 1);
  assert.ok(existsSync(join(lab.root, '1', 'a.dat')));
  assert.ok(existsSync(lab.from));
  assert.deepEqual((await tidied(one)).removed, ['1']);
  assert.deepEqual((await tidied(one)).removed, ['1'], 'again, as after a crash');
  assert.deepEqual(gone, ['1', '1']);
  lab.isClean();
});
