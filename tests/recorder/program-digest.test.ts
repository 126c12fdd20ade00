/** Digests of programs that are kept from run to run: right whatever becomes of the program. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { digestOfProgram } from '../../src/recorder/program-digest.ts';

const folder = mkdtempSync(join(tmpdir(), 'labkeep-programs-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const kept = join(folder, 'programs.json');

async function digestAt(path: string): Promise<string | null> {
  const descriptor = openSync(path, 'r');
  try {
    return await digestOfProgram(descriptor, kept);
  } finally {
    closeSync(descriptor);
  }
}

const digest = (content: Buffer | string): string => createHash('sha256').update(content).digest('hex');

test('what has been there for a while is hashed once', async () => {
  const shell = digest(readFileSync('/bin/sh'));
  assert.equal(await digestAt('/bin/sh'), shell);
  const text = readFileSync(kept, 'utf8');
  assert.ok(text.includes(shell));
  writeFileSync(kept, text.replace(shell, digest('kept')));
  assert.equal(await digestAt('/bin/sh'), digest('kept'));
});

test('what was changed just now is hashed each time', async () => {
  const program = join(folder, 'program');
  for (const content of ['one', 'two']) {
    writeFileSync(program, content);
    assert.equal(await digestAt(program), digest(content));
  }
});

test('a file of digests that makes no sense is written anew, and one that cannot be is done without', async () => {
  const shell = digest(readFileSync('/bin/sh'));
  for (const text of ['', '{}', '[1]', 'not JSON']) {
    writeFileSync(kept, text);
    assert.equal(await digestAt('/bin/sh'), shell);
    assert.ok(readFileSync(kept, 'utf8').includes(shell));
  }
  const descriptor = openSync('/bin/sh', 'r');
  assert.equal(await digestOfProgram(descriptor, join(folder, 'no', 'folder')), shell);
  closeSync(descriptor);
});
