import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';

const PASSES = "import { test } from 'node:test';\ntest('it holds', () => {});\n";
const FAILS =
  "import { test } from 'node:test';\ntest('it does not hold', () => { throw new Error('no'); });\n";
const SKIPS = "import { test } from 'node:test';\ntest('not here', { skip: 'no database' }, () => {});\n";
const EMPTY = 'export const nothing = 1;\n';
const CRASHES = `${PASSES}throw new Error('while loading');\n`;
const LEAVES_A_TIMER = `${PASSES}setInterval(() => {}, 1000);\n`;

function runTests(t: TestContext, files: Readonly<Record<string, string>>, ...words: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'labkeep-run-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  // With it, node:test would take this run for a part of the one that it is in.
  const { NODE_TEST_CONTEXT, ...env } = process.env;
  const program = join(import.meta.dirname, 'run.ts');
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...words], {
    cwd: folder,
    env,
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { status, stdout, stderr };
}

test('tests that pass are a success, and the count is the end of the output', (t) => {
  const { status, stdout, stderr } = runTests(t, {
    'tests/a.test.ts': PASSES,
    'tests/deep/b.test.ts': SKIPS,
    'client/tests/c.test.ts': PASSES,
  });
  assert.deepEqual([status, stderr], [0, '']);
  assert.match(stdout, /ℹ tests 3\n.*\nℹ pass 2\nℹ fail 0\n.*\nℹ skipped 1\nℹ todo 0\nℹ duration_ms .*\n$/);
});

test('tests that take long are run when they are asked for', (t) => {
  const files = { 'tests/a.test.ts': PASSES, 'tests/servers/b.test.ts': PASSES };
  const wanted = [[], ['--wide'], ['servers'], ['.test.ts']];
  const passed = wanted.map((words) => /ℹ pass (\d)/.exec(runTests(t, files, ...words).stdout)?.[1]);
  assert.deepEqual(passed, ['1', '1', '1', '2']);
});

test('a failed test, a file that crashes and a file without a test are failures', (t) => {
  for (const [text, message] of [
    [FAILS, /✖ it does not hold/],
    [CRASHES, /while loading/],
    [EMPTY, /npm test: tests\/b\.test\.ts contains no test/],
  ] as const) {
    const { status, stdout, stderr } = runTests(t, { 'tests/a.test.ts': PASSES, 'tests/b.test.ts': text });
    assert.equal(status, 1);
    assert.match(stdout + stderr, message);
  }
});

test('a file that leaves something running is a failure, not a hang', (t) => {
  const { status, stdout } = runTests(t, { 'tests/a.test.ts': LEAVES_A_TIMER });
  assert.equal(status, 1);
  assert.match(stdout, /left running after the last test: .*Timeout/);
});

test('nothing found and nothing but skipped tests are failures', (t) => {
  const found = runTests(t, { 'tests/a.ts': PASSES });
  assert.deepEqual([found.status, found.stderr], [1, 'No test file was found.\n']);
  const matched = runTests(t, { 'tests/a.test.ts': PASSES }, 'b', 'c');
  assert.deepEqual([matched.status, matched.stderr], [1, 'No test file matches b or c.\n']);
  const skipped = runTests(t, { 'tests/a.test.ts': SKIPS });
  assert.deepEqual([skipped.status, skipped.stderr], [1, 'npm test: no test passed\n']);
});

test('words select files by a part of their path; slow files come last', (t) => {
  const files = { 'tests/e2e/a.test.ts': PASSES, 'tests/z.test.ts': SKIPS, 'tests/b.test.ts': FAILS };
  const { status, stdout } = runTests(t, files, 'e2e', 'z.test');
  assert.equal(status, 0);
  assert.match(stdout, /not here.*it holds/s);
});
