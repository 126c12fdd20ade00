import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServerLab } from './server-lab.ts';

test('a worker of a version that is not understood is told which side is too old, and is not registered', async (t) => {
  const lab = await ServerLab.open(t);
  const register = (protocol: number) => ({ body: { name: 'node07', protocol } });
  const refused = await lab.refused('protocol_unsupported', 'POST', '/v1/workers', register(99));
  assert.deepEqual([refused.field, refused.found, refused.detail.includes('server')], ['protocol', 99, true]);
  await lab.refused('protocol_unsupported', 'POST', '/v1/workers', register(0));
  assert.deepEqual((await lab.ok('GET', '/v1/workers')).items, []);
  await lab.ok('POST', '/v1/workers', register(1));
});

test('one that had registered before the server became another is told when it asks for work', async (t) => {
  const lab = await ServerLab.open(t);
  const { worker } = await lab.ok('POST', '/v1/workers', { body: { name: 'node07' } });
  const claim = (protocol: number) => ({ body: { protocol, worker, capacity: 1, held: [] } });
  await lab.refused('protocol_unsupported', 'POST', '/v1/claims', claim(0));
  await lab.ok('POST', '/v1/claims', claim(1));
});
