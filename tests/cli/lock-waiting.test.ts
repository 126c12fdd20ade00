import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { Home } from './support/labkeep.ts';

const home = new Home();
after(() => home.clean());

test('a command gets its lock also where the server would not say who was in the way', async () => {
  let granting: ServerResponse | null = null;
  const answer = (response: ServerResponse | null, status: number, body: object): void => {
    response?.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  const server = createServer((request, response) => {
    switch (`${request.method} ${request.url?.split('?')[0]}`) {
      case 'POST /v1/sessions':
        return answer(response, 201, { session: 's', leaseMs: 30_000 });
      case 'POST /v1/locks':
        granting = response;
        return;
      case 'GET /v1/locks':
        answer(response, 403, { code: 'forbidden', detail: 'Not you' });
        return answer(granting, 200, { lock: 'l', state: 'granted', epoch: 7, locks: [] });
      default:
        return answer(response, 200, { leaseMs: 30_000, lost: [], notices: [] });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const { code, stdout, stderr } = await home.run([
    'lock',
    'run',
    'embl',
    '--server',
    url,
    '--token',
    't',
    '--',
    'sh',
    '-c',
    'sleep 1; echo "$LABKEEP_LOCK_EPOCH"',
  ]);
  server.close();
  server.closeAllConnections();
  assert.deepEqual([code, stdout, stderr], [0, '7\n', '']);
});
