import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Event, LabkeepClient, LabkeepError } from '@labkeep/client';
import { EventLines, type ServerSentEvent } from '../../client/src/event-lines.ts';
import { ServerLab } from '../http/server-lab.ts';
import { flakyFetch } from './flaky-fetch.ts';

test('a stream that is cut again and again goes on without gap or double', async (t) => {
  const lab = await ServerLab.open(t);
  const url = await lab.listen();
  const token = await lab.token('admin');
  await lab.project();
  let connections = 0;
  const cutting = flakyFetch(async (pass) => {
    const response = await pass();
    connections++;
    return new Response(response.body?.pipeThrough(cutAfter(700)), {
      status: response.status,
      headers: response.headers,
    });
  });
  const client = new LabkeepClient({ url, token, fetch: cutting });
  const start = (await new LabkeepClient({ url, token }).jobs.list('toxd')).asOf;
  const many = 40;
  const writing = Promise.all(
    Array.from({ length: many }, () => lab.ok('POST', '/v1/projects/toxd/jobs', { body: {} })),
  );
  const seen: Event[] = [];
  for await (const event of client.events.stream({ after: start, project: 'toxd' })) {
    seen.push(event);
    if (seen.length === many) break;
  }
  await writing;
  assert.ok(connections > 3, `${connections} connections`);
  const { items } = await new LabkeepClient({ url, token }).events.list({ after: start, limit: 1_000 });
  assert.deepEqual(seen, items);
});

test('a stream that was cut before its first event still misses nothing', async (t) => {
  const lab = await ServerLab.open(t);
  const url = await lab.listen();
  await lab.project();
  let connections = 0;
  const cutting = flakyFetch(async (pass) => {
    connections++;
    // While nobody listens, something happens.
    if (connections === 2) await lab.ok('POST', '/v1/projects/toxd/jobs', { body: {} });
    const response = await pass();
    return connections === 1 ? new Response(response.body?.pipeThrough(endAfterOneChunk())) : response;
  });
  const client = new LabkeepClient({ url, token: await lab.token('admin'), fetch: cutting });
  for await (const event of client.events.stream()) {
    assert.deepEqual(event.jobs, [{ ref: 'toxd/1', state: 'waiting', revision: 1 }]);
    break;
  }
});

test('a stream ends with its signal, and with a cursor that is gone', async (t) => {
  const lab = await ServerLab.open(t);
  const client = new LabkeepClient({ url: await lab.listen(), token: await lab.token('admin') });
  const abort = new AbortController();
  const reading = (async () => {
    for await (const event of client.events.stream({
      signal: abort.signal,
      onOpen: () => abort.abort(new Error('enough')),
    }))
      assert.fail(event.type);
  })();
  await assert.rejects(reading, { message: 'enough' });
  await assert.rejects(
    async () => {
      for await (const event of client.events.stream({ after: '0123456789abcdef-1' }))
        assert.fail(event.type);
    },
    (error) => error instanceof LabkeepError && error.code === 'cursor_gone',
  );
});

test('leaving the loop closes the connection', async (t) => {
  const lab = await ServerLab.open(t);
  const client = new LabkeepClient({ url: await lab.listen(), token: await lab.token('admin') });
  const { asOf } = await client.events.list();
  await lab.project();
  for await (const event of client.events.stream({ after: asOf })) {
    assert.equal(event.type, 'project.created');
    break;
  }
  while (lab.useCases.waits().streams > 0) await new Promise((resolve) => setImmediate(resolve));
});

test('the lines of a stream are read whole wherever its chunks end', () => {
  const text =
    ':\n\nid: a-1\n\nid: a-2\nevent: x\ndata: {"a":\ndata: 1}\n\n: note\r\nid:a-3\r\ndata: ü\r\n\r\nretry: 5\ndata\n\n';
  const expected: ServerSentEvent[] = [
    { id: 'a-1', data: null },
    { id: 'a-2', data: '{"a":\n1}' },
    { id: 'a-3', data: 'ü' },
    { id: null, data: '' },
  ];
  for (let size = 1; size <= text.length; size++) {
    const lines = new EventLines();
    const events: ServerSentEvent[] = [];
    for (let at = 0; at < text.length; at += size) events.push(...lines.push(text.slice(at, at + size)));
    assert.deepEqual(events, expected, `in chunks of ${size}`);
  }
});

/** Lets so many bytes through, and breaks. */
function cutAfter(bytes: number): TransformStream<Uint8Array, Uint8Array> {
  let left = bytes;
  return new TransformStream({
    transform(chunk, controller) {
      controller.enqueue(chunk.subarray(0, left));
      left -= chunk.length;
      if (left <= 0) controller.error(new TypeError('terminated'));
    },
  });
}

function endAfterOneChunk(): TransformStream<Uint8Array, Uint8Array> {
  return new TransformStream({
    transform(chunk, controller) {
      controller.enqueue(chunk);
      controller.terminate();
    },
  });
}
