/** Parts of spooled runs that nobody can read are set aside once, and never in the way of the others. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import type { EndReport, RunReport, Told } from '../../src/recorder/report.ts';
import { recorderHere, type SetAside, Spool } from '../../src/recorder/spool.ts';
import { parsePart, readEnd, readStart, readTold } from '../../src/recorder/spool-parts.ts';

const key = '11111111-1111-4111-8111-111111111111';
const other = '22222222-2222-4222-8222-222222222222';

const run: RunReport = {
  key,
  project: 'toxd',
  folder: '/data/toxd',
  task: 'refine',
  title: 'first',
  tags: ['a', 'b'],
  command: ['refine', 'in.mtz'],
  stdin: 'END\n',
  inputs: [
    { path: '/data/toxd/in.mtz', size: 3, sha256: 'ab'.repeat(32) },
    { path: '/data/toxd/images', kind: 'directory', note: 'changed while it was read' },
  ],
  host: 'here',
  account: 'ada',
  executable: { path: '/usr/bin/refine', sha256: null },
  version: '1.2',
  startedAt: '2026-10-01T10:00:00.000Z',
};
const start = { run, server: null, within: other, recorder: recorderHere() };
const end: EndReport = {
  finishedAt: '2026-10-01T10:01:00.000Z',
  outcome: 'failed',
  exitCode: 3,
  reason: 'exit_code',
  error: null,
  inputs: [],
  outputs: [{ path: '/data/toxd/out.mtz', size: 0 }],
  stdin: null,
  version: null,
  executable: null,
};
const told: Told = {
  ref: 'toxd/1',
  state: 'running',
  newProject: { name: 'toxd', directory: null },
  final: false,
  cancel: true,
};

let folder: string;
let setAside: SetAside[];
let spool: Spool;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'labkeep-spool-'));
  setAside = [];
  spool = new Spool(folder, (it) => setAside.push(it));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (part: string, text: string, of = key): void =>
  writeFileSync(join(folder, `${of}.${part}.json`), text);
const without = (value: object, name: string): string =>
  JSON.stringify(Object.fromEntries(Object.entries(value).filter(([each]) => each !== name)));

test('what is written is read again, field by field', () => {
  spool.writeStart(key, start);
  spool.writeEnd(key, end, false);
  spool.writeTold(key, told);
  assert.deepEqual([spool.start(key), spool.end(key), spool.told(key)], [start, end, told]);
  spool.writeTold(key, { why: 'no' });
  assert.deepEqual(spool.told(key), { why: 'no' });
  assert.deepEqual(setAside, []);
});

test('a field that is missing, or of another kind, is named', () => {
  for (const name of Object.keys(start))
    assert.throws(() => readStart(parsePart(without(start, name))), { message: new RegExp(name) });
  for (const name of Object.keys(end).filter((each) => each !== 'reason'))
    assert.throws(() => readEnd(parsePart(without(end, name))), { message: new RegExp(name) });
  for (const name of Object.keys(told))
    assert.throws(() => readTold(parsePart(without(told, name))), { message: new RegExp(name) });
  for (const [name, wrong, said] of [
    ['command', ['refine', 7], 'run.command is not texts'],
    ['inputs', [{ path: null }], 'run.inputs[0].path is not a text'],
    ['startedAt', 'yesterday', 'run.startedAt is not a time'],
    ['executable', '/usr/bin/refine', 'run.executable is no object'],
  ] as const)
    assert.throws(() => readStart(parsePart(JSON.stringify({ ...start, run: { ...run, [name]: wrong } }))), {
      message: said,
    });
});

test('a start that cannot be read is set aside with all of its run, and told once', () => {
  spool.writeEnd(key, end, false);
  spool.writeTold(key, told);
  for (const [text, why] of [
    ['', 'it is empty'],
    ['{"run":{"key"', 'it is not JSON'],
    ['[]', 'it is no object'],
    [without(start, 'recorder'), 'recorder is no object'],
    [
      JSON.stringify({ ...start, run: { ...run, key: other } }),
      'run.key is another than the name of the file',
    ],
  ] as const) {
    setAside.length = 0;
    write('start', text);
    assert.equal(spool.start(key), null);
    assert.equal(spool.start(key), null);
    const file = join(folder, 'unreadable', `${key}.start.json`);
    assert.deepEqual(setAside, [{ file, why }]);
    assert.equal(readFileSync(file, 'utf8'), text);
  }
  assert.deepEqual(readdirSync(folder), ['unreadable']);
  assert.deepEqual(spool.keys(), []);
  assert.equal(spool.unreadable().length, 3);
});

test('an end that cannot be read is set aside by itself', () => {
  spool.writeStart(key, start);
  write('end', '{}');
  assert.equal(spool.end(key), null);
  assert.deepEqual(
    setAside.map(({ why }) => why),
    ['finishedAt is not a text'],
  );
  assert.deepEqual(spool.keys(), [key]);
  assert.ok(existsSync(join(folder, `${key}.start.json`)));
});
