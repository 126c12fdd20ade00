import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { ServerLab } from '../http/server-lab.ts';

const root = join(import.meta.dirname, '../..');

test('the example of the client’s README runs, and says what it should', async (t) => {
  const example = /```js\n(.+?)```/s.exec(readFileSync(join(root, 'client/README.md'), 'utf8'))?.[1];
  assert.ok(example !== undefined);
  // Below the repository, so that the package is found by its name.
  const folder = mkdtempSync(join(root, 'node_modules/.labkeep-readme-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'example.mjs');
  writeFileSync(file, example);
  const lab = await ServerLab.open(t);
  const environment = {
    ...process.env,
    LABKEEP_URL: await lab.listen(),
    LABKEEP_TOKEN: await lab.token('admin', 'ana'),
  };
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=labkeep-source', file], {
    env: environment,
  });
  assert.deepEqual(stdout.trim().split('\n').slice(0, 6), [
    'toxd/1 ready',
    'toxd/3 waits for toxd/2, which is ready.',
    'toxd/3 refine waiting',
    'toxd/2 scale ready',
    'toxd/1 null ready',
    '1 toxd/3 true',
  ]);
  assert.match(stdout, /jobs\.ended toxd\/2/);
  assert.match(stdout, /There is no such job\.\n$/);
});
