/** What `GET /metrics` says of XML-RPC. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { struct } from '../../src/wire/xmlrpc/value.ts';
import { until } from '../support/until.ts';
import { statusOf, XmlRpcLab } from './xmlrpc-lab.ts';

/** The samples of XML-RPC and of claims that are not 0, without the buckets of times. */
async function counted(rpc: XmlRpcLab): Promise<Readonly<Record<string, number>>> {
  const { text } = await rpc.lab.call('GET', '/metrics');
  const samples = [...text.matchAll(/^labkeep_((?:xmlrpc|claims|offers)_\S+) (\S+)$/gm)]
    .filter(([, name = '', value]) => !/_seconds_(bucket|sum)/.test(name) && value !== '0')
    .map(([, name = '', value]) => [name, Number(value)]);
  return Object.fromEntries(samples);
}

test('calls are counted by method and outcome, those of a multicall and the refused ones too', async (t) => {
  const rpc = await XmlRpcLab.open(t);
  const client = await rpc.register();
  await rpc.value('scire.ask_for_work', client);
  await rpc.submit({ command: ['true'] });
  const job = await rpc.take(client);
  const report = struct({
    methodName: 'scire.report_status',
    params: [client, statusOf(job, 'succeeded')],
  });
  await rpc.value('system.multicall', [report, struct({ methodName: 'scire.dance' })]);
  await rpc.fault('scire.pending', 'somebody');
  await rpc.fault('scire.sing');
  await rpc.post('<methodCall>');
  await rpc.post('', {}, { method: 'GET' });
  await rpc.post('', { authorization: 'Bearer nobody' });

  await until('no connection is open', async () => !('xmlrpc_connections' in (await counted(rpc))));
  const called = (method: string, outcome: string): string =>
    `xmlrpc_calls_total{method="${method}",outcome="${outcome}"}`;
  assert.deepEqual(await counted(rpc), {
    claims_total: 2,
    offers_total: 1,
    [called('scire.register', 'answered')]: 1,
    [called('scire.ask_for_work', 'answered')]: 2,
    [called('scire.confirm', 'answered')]: 1,
    [called('scire.report_status', 'answered')]: 1,
    [called('system.multicall', 'answered')]: 1,
    [called('scire.pending', 'worker_unknown')]: 1,
    [called('unknown', 'method_unknown')]: 2,
    [called('unknown', 'malformed_xml')]: 1,
    [called('unknown', 'method_not_allowed')]: 1,
    [called('unknown', 'unauthenticated')]: 1,
    xmlrpc_call_seconds_count: 10,
    'xmlrpc_connections_total{outcome="accepted"}': 10,
  });
});

test('open connections are counted until they are gone, and those that are one too many', async (t) => {
  const rpc = await XmlRpcLab.open(t);
  const open = connect(rpc.port, '127.0.0.1');
  await once(open, 'connect');
  await until('a connection is open', async () => (await counted(rpc)).xmlrpc_connections === 1);
  rpc.server.maxConnections = 1;
  const refused = connect(rpc.port, '127.0.0.1').resume();
  await once(refused, 'close');
  assert.deepEqual(await counted(rpc), {
    xmlrpc_connections: 1,
    'xmlrpc_connections_total{outcome="accepted"}': 1,
    'xmlrpc_connections_total{outcome="refused"}': 1,
  });
  open.destroy();
  await until('no connection is open', async () => !('xmlrpc_connections' in (await counted(rpc))));
});
