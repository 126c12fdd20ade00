import assert from 'node:assert/strict';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Log } from '../../src/ports/log.ts';
import { examine } from '../../src/worker/examine.ts';
import { type Fact, keyOf, type Offered, writeFact } from '../../src/worker/journal/facts.ts';
import { FolderHeldError, holdFolder } from '../../src/worker/journal/folder-hold.ts';
import { Journal } from '../../src/worker/journal/journal.ts';
import { recover } from '../../src/worker/recovery.ts';
import { enterGate, writeExit } from '../../src/worker/supervisor/attempt-folder.ts';
import { identify } from '../../src/worker/supervisor/processes.ts';
import { until } from '../support/until.ts';
import { Bench } from './support/bench.ts';
import { killWorker, spawnWorker } from './support/spawned-worker.ts';

const silent: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'labkeep-journal-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function offered(attempt: string, more: Partial<Offered> = {}): Offered {
  return {
    fact: 'offered',
    attempt,
    epoch: 1,
    job: 'test/1',
    kind: 'command',
    onLost: 'fail',
    directory: '/',
    outputs: [],
    boot: 'now',
    ...more,
  };
}

test('what was appended is there after a crash, wherever the last line was torn', (t) => {
  const facts: Fact[] = [
    offered('a'),
    { fact: 'started', attempt: 'a', epoch: 1 },
    { fact: 'finished', attempt: 'a', epoch: 1, report: { attempt: 'a', epoch: 1, outcome: 'succeeded' } },
    offered('b'),
    { fact: 'acknowledged', attempt: 'a', epoch: 1 },
  ];
  const lines = facts.map(writeFact);
  const whole = lines.join('');
  for (let length = 0; length <= whole.length; length++) {
    const folder = folderFor(t);
    writeFileSync(join(folder, 'journal.ndjson'), whole.slice(0, length));
    const journal = new Journal({ folder, log: silent });
    const complete = lines.filter((_, index) => lines.slice(0, index + 1).join('').length <= length).length;
    const known = complete >= 5 ? ['b@1'] : complete >= 4 ? ['a@1', 'b@1'] : complete >= 1 ? ['a@1'] : [];
    assert.deepEqual([...journal.entries.keys()], known);
    if (complete >= 2 && complete < 5) assert.equal(journal.entries.get('a@1')?.started, true);
    // What comes after the torn line is not swallowed by it.
    journal.append(offered('c'));
    assert.deepEqual([...new Journal({ folder, log: silent }).entries.keys()], [...known, 'c@1']);
  }
});

test('a line that cannot be read costs that line only, and the file is kept for somebody to look at', (t) => {
  const folder = folderFor(t);
  const path = join(folder, 'journal.ndjson');
  writeFileSync(
    path,
    `${writeFact(offered('a'))}\0\0{"fact":\n{"fact":"offered"}\n${writeFact(offered('b'))}`,
  );
  const said: string[] = [];
  const journal = new Journal({ folder, log: { ...silent, error: (_, message) => said.push(message) } });
  assert.deepEqual([...journal.entries.keys()], ['a@1', 'b@1']);
  assert.equal(said.length, 1);
  assert.ok(readFileSync(`${path}.damaged`, 'utf8').includes('\0'));
});

test('the journal stays short, whatever is still open', async (t) => {
  const folder = folderFor(t);
  const journal = new Journal({ folder, log: silent, compactBytes: 1_000 });
  const path = join(folder, 'journal.ndjson');
  journal.append(offered('open'));
  let longest = 0;
  for (let number = 0; number < 500; number++) {
    journal.append(offered(`a${number}`), { fact: 'started', attempt: `a${number}`, epoch: 1 });
    journal.append({ fact: 'acknowledged', attempt: `a${number}`, epoch: 1 });
    longest = Math.max(longest, statSync(path).size);
    if (number % 50 === 0) await journal.flushed();
  }
  assert.ok(longest < 17_000, `${longest} bytes`);
  assert.deepEqual([...new Journal({ folder, log: silent }).entries.keys()], ['open@1']);
  journal.append({ fact: 'acknowledged', attempt: 'open', epoch: 1 });
  assert.equal(statSync(path).size, 0);
  await journal.close();
});

test('many that wait for the disk share a sync, and none is told too early', async (t) => {
  const journal = new Journal({ folder: folderFor(t), log: silent });
  const flushes: Promise<void>[] = [];
  for (let number = 0; number < 50; number++) {
    journal.append(offered(`a${number}`));
    flushes.push(journal.flushed());
  }
  await Promise.all(flushes);
  assert.ok(new Set(flushes).size <= 2);
  await journal.close();
});

test('recovery says of every state what is true', (t) => {
  const folder = (prepare: (path: string) => void): string => {
    const path = folderFor(t);
    prepare(path);
    return path;
  };
  const entry = (more: Partial<Offered> = {}, begun = false) => ({
    offered: offered('a', more),
    started: true,
    begun,
    report: null,
  });
  const self = identify(process.pid);
  assert.ok(self);
  const gone = { pid: process.pid, startTicks: '1' };
  const passedBy = (supervisor: typeof self) => (path: string) =>
    void enterGate(path, { kind: 'passed', supervisor }, 1);
  const nothing = () => undefined;
  const exit = (path: string) => writeExit(path, { exitCode: 0, signal: null, error: null, endedBy: null });
  const outcome = (found: ReturnType<typeof recover>) =>
    found.kind === 'adopt'
      ? 'adopt'
      : `${found.kind} ${found.report.outcome} ${found.report.reason ?? ''}`.trim();

  const cases = [
    ['not started', entry(), folder(nothing), 'now', 'over returned'],
    ['not started, and the power went', entry(), folder(nothing), 'then', 'over failed worker_stopped'],
    ['the same, to be retried', entry({ onLost: 'retry' }), folder(nothing), 'then', 'over returned'],
    ['running', entry(), folder(passedBy(self)), 'now', 'adopt'],
    [
      'running without a supervisor',
      entry(),
      folder(passedBy(gone)),
      'now',
      'orphaned failed worker_stopped',
    ],
    ['running when the power went', entry(), folder(passedBy(self)), 'then', 'over failed worker_stopped'],
    ['ended', entry(), folder(exit), 'now', 'over succeeded'],
    ['ended before the power went', entry(), folder(exit), 'then', 'over succeeded'],
    ['a handler not begun', entry({ kind: 'handler' }), folder(nothing), 'now', 'over returned'],
    [
      'a handler begun',
      entry({ kind: 'handler' }, true),
      folder(nothing),
      'now',
      'over failed worker_stopped',
    ],
    [
      'a handler, and the power went',
      entry({ kind: 'handler' }),
      folder(nothing),
      'then',
      'over failed worker_stopped',
    ],
  ] as const;
  for (const [name, found, path, boot, expected] of cases)
    assert.equal(outcome(recover(found, boot, () => examine(path))), expected, name);
});

test('the gate is passed by one only: a supervisor that comes late starts nothing', (t) => {
  const folder = folderFor(t);
  const self = identify(process.pid);
  assert.ok(self);
  assert.equal(
    recover({ offered: offered('a'), started: true, begun: false, report: null }, 'now', () =>
      examine(folder),
    ).kind,
    'over',
  );
  assert.equal(enterGate(folder, { kind: 'passed', supervisor: self }, 7), false);
  assert.equal(enterGate(join(folder, 'gone'), { kind: 'passed', supervisor: self }, 7), false);
});

test('two workers on one folder: the second is refused, also in the same process, until the first is gone', async (t) => {
  const bench = await Bench.open(t);
  const child = await spawnWorker(bench);
  const second = bench.worker();
  await assert.rejects(second.start(), (error) => {
    assert.ok(error instanceof FolderHeldError);
    assert.match(error.message, new RegExp(`process ${child.pid} on `));
    return true;
  });
  await killWorker(child);
  await second.start();
  assert.throws(() => holdFolder(bench.path('worker')), FolderHeldError);
  const third = bench.worker();
  await assert.rejects(third.start(), FolderHeldError);
  await second.stop();
  await third.start();
  await bench.ended(bench.server.submit({ command: ['true'] }));
});

test('a stray folder is cleared, and what runs in it is ended', async (t) => {
  const bench = await Bench.open(t);
  const job = bench.server.submit({ command: ['sh', '-c', 'echo up; sleep 1000'] });
  const child = await spawnWorker(bench);
  await until('the command', () => job.output.size > 0);
  await killWorker(child);
  rmSync(bench.path('worker/journal.ndjson'));
  mkdirSync(bench.path('worker/attempts/older@3'));
  appendFileSync(bench.path('worker/attempts/older@3/output'), 'x');
  const worker = await bench.started();
  await until('the end of it', () => !bench.processes().some(({ command }) => command.includes('sleep')));
  await worker.stop();
  assert.throws(() => statSync(bench.path('worker/attempts/older@3')));
  assert.throws(() =>
    statSync(bench.path(`worker/attempts/${keyOf({ attempt: 'test.1-1', epoch: job.epoch })}`)),
  );
});
