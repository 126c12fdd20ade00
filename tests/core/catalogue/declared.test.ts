import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'smol-toml';
import type { Entry } from '../../../src/core/catalogue/database.ts';
import type { Declared } from '../../../src/core/catalogue/declared.ts';
import { type OtherFiles, planDeclarations } from '../../../src/core/catalogue/plan.ts';
import { readDeclarationTree } from '../../../src/core/catalogue/toml-file.ts';

const read = (text: string) => readDeclarationTree(parse(text), text);

test('a TOML file declares databases, a table each', () => {
  const { declared, problems } = read(`# ours
[database.embl]
directory = "/data/embl"
flatFiles = "/data/flat"
tag = "TP"
state = "off"

[database."nr.2"]
kind = "files"
release = "2026-10"

[database.chado]
kind = "postgres"
urlEnv = "CHADO_URL"
description = "genes"
`);
  assert.deepEqual(problems, []);
  assert.deepEqual(declared, [
    {
      name: 'embl',
      kind: 'bank',
      state: 'off',
      tag: 'TP',
      description: '',
      settings: { directory: '/data/embl', flatFiles: '/data/flat' },
      release: null,
      line: 2,
    },
    {
      name: 'nr.2',
      kind: 'files',
      state: 'on',
      tag: null,
      description: '',
      settings: {},
      release: '2026-10',
      line: 8,
    },
    {
      name: 'chado',
      kind: 'postgres',
      state: 'on',
      tag: null,
      description: 'genes',
      settings: { urlEnv: 'CHADO_URL' },
      release: null,
      line: 12,
    },
  ]);
});

test('what is wrong is told with its line', () => {
  const wrong: readonly (readonly [string, number, RegExp])[] = [
    ['[database.embl]\nkind = "bank"\nstate = "maybe"\n', 3, /on or off/],
    [
      '[database.embl]\ndirectroy = "/x"\n',
      2,
      /kind, state, tag, description, release, directory, flatFiles/,
    ],
    ['\n[database.embl]\nkind = "postgres"\n', 2, /url, such as/],
    ['[database.embl]\nkind = "postgres"\nurl = "postgres://a:b@h/d"\n', 3, /password/],
    ['[database."a/b"]\n', 1, /letter or digit/],
    ['[database.embl]\ntag = 5\n', 2, /a text/],
    ['x = 1\n', 1, /\[database\.embl\]/],
    ['database = 1\n', 1, /\[database\.embl\]/],
    ['[database]\nembl = "/data"\n', 2, /\[database\.embl\]/],
    ['[[database]]\nname = "embl"\n', 1, /\[database\.embl\]/],
  ];
  for (const [text, line, said] of wrong) {
    const { problems } = read(text);
    assert.equal(problems.length, 1, text);
    assert.equal(problems[0]?.line, line, text);
    assert.match(problems[0]?.text ?? '', said);
  }
});

const declared: Declared = {
  name: 'embl',
  kind: 'bank',
  state: 'on',
  tag: null,
  description: 'x',
  settings: { directory: '/d' },
  release: null,
  line: 3,
};
const entry: Entry = { ...declared, declaredIn: '/f' };
const alone: OtherFiles = { declared: new Map(), letsGo: () => false };
const plan = (given: readonly Declared[], entries: readonly Entry[], others: Partial<OtherFiles> = {}) =>
  planDeclarations('/f', given, new Map(entries.map((one) => [one.name, one])), { ...alone, ...others });
const besides = new Map([['embl', { file: '/g', kind: 'bank' as const }]]);

test('a file adds what is new, changes what differs, and leaves what is so', () => {
  assert.deepEqual(plan([declared], []).acts, [{ act: 'add', declared }]);
  assert.deepEqual(plan([declared], [entry]), { acts: [], problems: [] });
  const before: Entry = { ...entry, tag: 'TP', state: 'off', settings: { directory: '/d', flatFiles: '/f' } };
  const changes = { tag: null, settings: { directory: '/d' }, state: 'on' };
  assert.deepEqual(plan([declared], [before]).acts, [{ act: 'change', name: 'embl', changes }]);
});

test('a release counts only where the file says one; a closure is left alone', () => {
  assert.deepEqual(plan([declared], [{ ...entry, release: '145' }]).acts, []);
  const said = { ...declared, release: '144' };
  assert.deepEqual(plan([said], [{ ...entry, release: '145' }]).acts, [
    { act: 'change', name: 'embl', changes: { release: '144' } },
  ]);
  for (const state of ['closing', 'closed'] as const)
    for (const wish of ['on', 'off'] as const)
      assert.deepEqual(plan([{ ...declared, state: wish }], [{ ...entry, state }]).acts, []);
});

test('what left the file goes, or is turned off where it has releases', () => {
  assert.deepEqual(plan([], [entry]).acts, [{ act: 'leave', name: 'embl', mayGo: true }]);
  const released = { ...entry, release: '145' };
  assert.deepEqual(plan([], [released]).acts, [{ act: 'leave', name: 'embl', mayGo: false }]);
  assert.deepEqual(plan([], [{ ...released, state: 'off' }]).acts, []);
});

test('entries of others are never touched: made by hand, of another file, projects, of another kind', () => {
  const others: readonly (readonly [Partial<Entry>, RegExp])[] = [
    [{ declaredIn: null }, /by hand/],
    [{ declaredIn: '/g' }, /declared in \/g/],
    [{ declaredIn: null, kind: 'project' }, /project/],
    [{ kind: 'files' }, /kind files/],
  ];
  for (const [more, said] of others) {
    const { acts, problems } = plan([{ ...declared, description: 'new' }], [{ ...entry, ...more }]);
    assert.deepEqual(acts, []);
    assert.deepEqual([problems.length, problems[0]?.line, problems[0]?.database], [1, 3, 'embl']);
    assert.match(problems[0]?.text ?? '', said);
  }
  for (const declaredIn of [null, '/g']) assert.deepEqual(plan([], [{ ...entry, declaredIn }]).acts, []);
});

test('a name in two files is a problem, and its entry stays as it is', () => {
  const { acts, problems } = plan([{ ...declared, tag: 'TP' }], [entry], { declared: besides });
  assert.deepEqual(acts, []);
  assert.match(problems[0]?.text ?? '', /declared in \/g too/);
});

test('an entry that moved to another watched file stays as it is, and is that one’s from then on', () => {
  assert.deepEqual(plan([], [entry], { declared: besides }), { acts: [], problems: [] });
  const theirs: Entry = { ...entry, declaredIn: '/g', release: '145' };
  const taken = plan([declared], [theirs], { letsGo: (file) => file === '/g' });
  assert.deepEqual(taken, { acts: [{ act: 'change', name: 'embl', changes: {} }], problems: [] });
  const otherKind = new Map([['embl', { file: '/g', kind: 'files' as const }]]);
  assert.deepEqual(plan([], [entry], { declared: otherKind }).acts, [
    { act: 'leave', name: 'embl', mayGo: true },
  ]);
});
