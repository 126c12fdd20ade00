import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { after, describe, it } from 'node:test';
import { Home } from '../cli/support/labkeep.ts';
import { numbersIn } from '../schemas/support/target.ts';
import { ask } from '../support/ask-postgres.ts';
import { postgresUnavailable, sharedPostgres } from '../support/postgres.ts';

const skip = postgresUnavailable() ?? false;
const postgres = sharedPostgres();
const home = new Home();
after(() => home.clean());

describe('postgres.run', { skip }, () => {
  it('runs files in a registered database under its lock, and says what failed', async () => {
    const url = await postgres.freshDatabase('chado');
    await ask(url, 'create schema curation');
    await home.up([], { env: { CHADO_URL: url } });
    await labkeep('db', 'add', 'chado', '--kind', 'postgres', '--url-env', 'CHADO_URL');
    const [good, bad] = [home.path('good.sql'), home.path('bad.sql')];
    writeFileSync(good, 'create table t (n int);\ninsert into t values (1), (2);\n');
    writeFileSync(bad, 'insert into t values (3);\ninsert into u values (4);\n');

    const run = (...files: readonly string[]) => [
      ...['task', 'run', 'postgres.run', '--param', 'database=chado/curation'],
      ...files.flatMap((file) => ['--param', `files=${file}`]),
      '--wait',
    ];
    assert.equal((await home.call(run(good))).code, 0);
    assert.deepEqual(await numbersIn(url, 'curation.t'), [1, 2]);
    const failed = await home.call(run(bad));
    assert.equal(failed.code, 1, failed.stderr);
    assert.deepEqual(await numbersIn(url, 'curation.t'), [1, 2]);

    const [latest] = JSON.parse(await labkeep('jobs', '--project', 'operations', '--json')).items;
    assert.equal(latest.state, 'failed');
    const why = await labkeep('why', latest.ref);
    assert.match(why, /bad\.sql, line 2: relation "u" does not exist \(SQLSTATE 42P01\)/);
    const [fence] = await ask<{ path: string }>(
      url,
      'select path from labkeep_fence.labkeep_fence where epoch > 0',
    );
    assert.equal(fence?.path, 'chado/curation');
    assert.deepEqual(JSON.parse(await labkeep('lock', 'list', '--json')).items, []);
  });
});

async function labkeep(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await home.call(args);
  assert.equal(code, 0, stderr);
  return stdout;
}
