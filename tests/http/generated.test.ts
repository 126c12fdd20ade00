import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { generated } from '../../scripts/generate/generated.ts';
import { faultTable } from '../../src/core/faults.ts';
import { endReasons, waitReasons } from '../../src/core/jobs/states.ts';
import { ServerLab } from './server-lab.ts';

const root = join(import.meta.dirname, '../..');

test('what is generated is up to date: npm run generate changes nothing', async () => {
  for (const { path, text } of await generated()) {
    const kept = readFileSync(join(root, path), 'utf8').split('\n');
    const fresh = text.split('\n');
    const line = fresh.findIndex((each, at) => each !== kept[at]);
    const differs = line >= 0 ? line : fresh.length;
    assert.equal(
      kept[differs],
      fresh[differs],
      `${path} is out of date from line ${differs + 1} on; run npm run generate`,
    );
  }
});

test('every route of the API is in the OpenAPI document, and the document names no other', async (t) => {
  const lab = await ServerLab.open(t);
  const { paths } = await lab.ok('GET', '/v1/openapi.json', { token: null });
  const documented = Object.entries<object>(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const served = lab.http.knownRoutes.all
    .filter(({ url }) => url.startsWith('/v1/') || url === '/metrics')
    .flatMap(({ url, methods }) => methods.map((method) => `${method} ${url.replace(/:([a-z]+)/g, '{$1}')}`));
  assert.deepEqual(documented.sort(), served.sort());
});

test('every operation has a name of its own, a sentence, an answer and its refusals', async (t) => {
  const lab = await ServerLab.open(t);
  const { openapi, paths, components } = await lab.ok('GET', '/v1/openapi.json', { token: null });
  assert.equal(openapi, '3.1.0');
  const operations = Object.values<Record<string, Operation>>(paths).flatMap((methods) =>
    Object.values(methods),
  );
  assert.ok(operations.length > 30);
  assert.equal(new Set(operations.map((it) => it.operationId)).size, operations.length);
  for (const { operationId, summary, responses } of operations) {
    assert.match(summary, /^[A-Z].*\.$/, operationId);
    assert.ok(
      Object.keys(responses).some((status) => status.startsWith('2')),
      operationId,
    );
    assert.ok('500' in responses && '421' in responses, operationId);
  }
  const text = JSON.stringify(paths);
  for (const [, name] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g))
    assert.ok(name !== undefined && name in components.schemas, name);
});

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly responses: Readonly<Record<string, unknown>>;
}

test('docs/errors.md names every fault and no other, with its status and exit code', () => {
  const page = readFileSync(join(root, 'docs/errors.md'), 'utf8');
  const rows = [...page.matchAll(/^\| <a id="(\w+)"><\/a>`(\w+)` \| (\S+) \| (\d) \| (.+?) \| (.+?) \|$/gm)];
  const told = Object.fromEntries(
    rows.map(([, anchor, code, status, exit, meaning, advice]) => [
      code,
      { anchor, status, exit, meaning, advice },
    ]),
  );
  const table = Object.fromEntries(
    Object.entries(faultTable).map(([code, { status, exit, meaning, advice }]) => [
      code,
      { anchor: code, status: String(status ?? '–'), exit: String(exit), meaning, advice },
    ]),
  );
  assert.deepEqual(told, table);
});

test('the contract in prose names every reason for which a job waits or ends', () => {
  const prose = readFileSync(join(root, 'docs/protocols/http.md'), 'utf8');
  for (const reason of Object.keys({ ...waitReasons, ...endReasons }))
    assert.ok(prose.includes(`\`${reason}\``), `${reason} is not in http.md`);
});

test('the contract in prose names the same addresses as the server', async (t) => {
  const lab = await ServerLab.open(t);
  const prose = readFileSync(join(root, 'docs/protocols/http.md'), 'utf8');
  for (const { url, methods } of lab.http.knownRoutes.all) {
    if (!url.startsWith('/v1/') && url !== '/metrics') continue;
    const below = url.replace('/v1/projects/:project/jobs/:number', '…').replace(/:([a-z]+)/g, '{$1}');
    const written = below === '…' ? '…/jobs/{number}' : below;
    for (const method of methods)
      assert.ok(prose.includes(`${method} ${written}`), `${method} ${written} is not in http.md`);
  }
});
