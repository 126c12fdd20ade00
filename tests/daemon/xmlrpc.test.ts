/** `labkeep up --xmlrpc`: where it listens, and what it refuses to do. */
import assert from 'node:assert/strict';
import { request } from 'node:https';
import { after, test } from 'node:test';
import { readToken } from '../../src/daemon/discovery.ts';
import { readXml } from '../../src/wire/xml/xml-reader.ts';
import { readAnswer } from '../../src/wire/xmlrpc/read-message.ts';
import { writeCall } from '../../src/wire/xmlrpc/write-message.ts';
import { Home } from '../cli/support/labkeep.ts';
import { makeCertificate } from '../xmlrpc/xmlrpc-lab.ts';

const home = new Home();
after(() => home.clean());

test('XML-RPC without TLS is for this machine, and only where it is asked for', async () => {
  const refusedWith = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await home.run([
      'up',
      '--no-worker',
      ...args,
      '--data',
      home.path('none'),
    ]);
    assert.deepEqual([code, stdout], [2, ''], stderr);
    return stderr;
  };
  assert.match(
    await refusedWith('--xmlrpc', '127.0.0.1:0'),
    /XML-RPC speaks TLS; --plaintext lets it do without on this machine.*\n.*--tls-cert/,
  );
  assert.match(await refusedWith('--xmlrpc', '0.0.0.0:0'), /XML-RPC speaks TLS\.\n/);
  assert.match(
    await refusedWith('--xmlrpc', '0.0.0.0:0', '--plaintext'),
    /--plaintext is for loopback addresses, and 0.0.0.0 is none/,
  );
  assert.match(await refusedWith('--plaintext'), /--plaintext is of XML-RPC.*\n.*--xmlrpc HOST:PORT/);
  assert.match(await refusedWith('--xmlrpc', 'x:y:z', '--plaintext'), /field --xmlrpc/);
});

test('XML-RPC listens over TLS, says where, and ends with the server', async (t) => {
  const tls = makeCertificate(t);
  const files = ['--tls-cert', tls.certFile, '--tls-key', tls.keyFile];
  const server = await home.up(['--no-worker', '--xmlrpc', '127.0.0.1:0', ...files, '--json']);
  const { xmlrpcUrl, data } = JSON.parse(server.stdout);
  assert.match(xmlrpcUrl, /^https:\/\/127\.0\.0\.1:\d+\/RPC2$/);
  const token = readToken(`${data}/token`);
  const text = await new Promise<string>((resolve, reject) => {
    const headers = { 'content-type': 'text/xml', authorization: `Bearer ${token}` };
    const call = request(xmlrpcUrl, { method: 'POST', headers, ca: tls.cert, servername: 'localhost' });
    call.on('error', reject);
    call.on('response', (response) => {
      let said = '';
      response.setEncoding('utf8').on('data', (piece: string) => {
        said += piece;
      });
      response.on('end', () => resolve(said));
    });
    call.end(writeCall({ method: 'system.methodSignature', params: ['scire.pending'] }));
  });
  const answer = readAnswer(readXml(text, { bytes: 10_000, depth: 20, elements: 100, attributes: 2 }));
  assert.deepEqual(answer, { value: [['array', 'string']] });
  assert.equal(await server.stop(), 0);
});
