/** A server that is about to stop: it begins nothing, and answers what else is asked. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServerLab } from './server-lab.ts';

test('a draining server hands out no jobs, lets nobody wait, says so, and takes reports as ever', async (t) => {
  const lab = await ServerLab.open(t);
  const project = await lab.project();
  await lab.database('embl');
  const { ref, worker, workerToken, attempt, epoch } = await lab.running(project);
  await lab.ok('POST', `/v1/projects/${project}/jobs`, { body: { command: ['true'] } });
  await lab.ok('POST', '/v1/locks', { body: { locks: [{ path: 'embl', mode: 'exclusive' }] } });

  await lab.useCases.stop();

  const claim = { worker, capacity: 1, held: [{ attempt, epoch, state: 'running' }], waitMs: 0 };
  const refused = await lab.call('POST', '/v1/claims', { token: workerToken, body: claim });
  assert.deepEqual(
    [refused.status, refused.body.code, refused.headers['retry-after']],
    [503, 'stopping', '1'],
  );
  assert.match((await lab.refused('stopping', 'GET', '/v1/health')).detail, /draining/);
  const wish = { locks: [{ path: 'embl', mode: 'shared' }], wait: 20_000 };
  await lab.refused('stopping', 'POST', '/v1/locks', { body: wish });

  const renewed = { worker, progress: [{ attempt, epoch, fraction: 0.5 }] };
  await lab.ok('POST', '/v1/attempts/renew', { token: workerToken, body: renewed });
  const attempts = [{ attempt, epoch, outcome: 'succeeded', exitCode: 0 }];
  await lab.ok('POST', '/v1/attempts/finish', { token: workerToken, body: { attempts } });
  const [, number] = ref.split('/');
  assert.equal((await lab.ok('GET', `/v1/projects/${project}/jobs/${number}`)).state, 'succeeded');
});
