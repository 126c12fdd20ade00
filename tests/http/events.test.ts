import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { EventLines } from '../../client/src/event-lines.ts';
import type { RecordedEvent } from '../../src/core/events/event.ts';
import type { Hint, Storage } from '../../src/ports/storage.ts';
import { type Body, ServerLab, type StorageKind } from './server-lab.ts';

const jobs = '/v1/projects/toxd/jobs';

/** A stream over a real socket, read event by event. */
class Reader {
  readonly response: Response;
  readonly #abort: AbortController;
  readonly #pieces: AsyncIterator<Uint8Array>;
  readonly #lines = new EventLines();
  readonly #waiting: Body[] = [];
  /** What a client would resume from. */
  lastId: string | null = null;

  private constructor(response: Response, abort: AbortController) {
    assert.ok(response.body !== null);
    this.response = response;
    this.#abort = abort;
    this.#pieces = response.body[Symbol.asyncIterator]();
  }

  static async open(
    base: string,
    token: string,
    query = '',
    headers: Record<string, string> = {},
  ): Promise<Reader> {
    const abort = new AbortController();
    const response = await fetch(`${base}/v1/events${query}`, {
      headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream', ...headers },
      signal: abort.signal,
    });
    return new Reader(response, abort);
  }

  /** The next event; null when the stream has ended. */
  async next(): Promise<Body> {
    for (;;) {
      const event = this.#waiting.shift();
      if (event !== undefined) {
        this.lastId = event.id ?? this.lastId;
        if (event.data === null) continue;
        return JSON.parse(event.data);
      }
      const piece = await this.#pieces.next();
      if (piece.done === true) return null;
      this.#waiting.push(...this.#lines.push(Buffer.from(piece.value).toString()));
    }
  }

  close(): void {
    this.#abort.abort();
  }
}

for (const storage of ['memory', 'sqlite'] as const satisfies readonly StorageKind[]) {
  test(`pages of events go on without gap or double, and always say where (${storage})`, async (t) => {
    const lab = await ServerLab.open(t, { storage });
    await lab.project();
    for (let index = 0; index < 7; index++) await lab.ok('POST', jobs, { body: {} });
    const seen: Body[] = [];
    let next = '';
    for (;;) {
      const page = await lab.ok('GET', `/v1/events?limit=3${next === '' ? '' : `&after=${next}`}`);
      seen.push(...page.items);
      if (page.items.length === 0) {
        assert.equal(page.next, next, 'where nothing came, one goes on from the same place');
        break;
      }
      next = page.next;
    }
    const all = (await lab.ok('GET', '/v1/events')).items;
    assert.deepEqual(seen, all);
    assert.equal(new Set(all.map((it: Body) => it.cursor)).size, all.length);
    assert.equal((await lab.ok('GET', '/v1/events?limit=1')).asOf, next);
    assert.deepEqual(all.at(-1).jobs, [{ ref: 'toxd/7', state: 'waiting', revision: 1 }]);
  });

  test(`a cursor of another incarnation is gone, one that was never given is invalid (${storage})`, async (t) => {
    const lab = await ServerLab.open(t, { storage });
    await lab.refused('cursor_gone', 'GET', '/v1/events?after=0123456789abcdef-1');
    await lab.refused('cursor_invalid', 'GET', '/v1/events?after=nonsense');
    const sse = { accept: 'text/event-stream' };
    await lab.refused('cursor_gone', 'GET', '/v1/events?after=0123456789abcdef-1', { headers: sse });
    await lab.refused('cursor_gone', 'GET', '/v1/events', {
      headers: { ...sse, 'last-event-id': '0123456789abcdef-1' },
    });
    await lab.refused('cursor_invalid', 'GET', '/v1/events', {
      headers: { ...sse, 'last-event-id': '../../etc' },
    });
  });

  test(`16 writers, and a reader that is cut off again and again, misses nothing and sees nothing twice (${storage})`, async (t) => {
    const lab = await ServerLab.open(t, { storage });
    await lab.project();
    const base = await lab.listen();
    const token = await lab.token('viewer');
    const start = (await lab.ok('GET', jobs)).asOf;

    const perWriter = 12;
    const writing = Promise.all(
      Array.from({ length: 16 }, async (_, writer) => {
        for (let index = 0; index < perWriter; index++)
          await lab.ok('POST', jobs, {
            body: { jobs: [{ title: `${writer} ${index}` }, { title: 'twin' }] },
          });
      }),
    );
    const seen: Body[] = [];
    let place = start;
    while (seen.length < 16 * perWriter) {
      const reader = await Reader.open(base, token, '', { 'last-event-id': place });
      // Cut after a few events, wherever that happens to be.
      for (let taken = 0; taken < 1 + (seen.length % 17) && seen.length < 16 * perWriter; taken++) {
        seen.push(await reader.next());
        place = reader.lastId;
      }
      reader.close();
    }
    await writing;

    const since = (await lab.ok('GET', `/v1/events?after=${start}&limit=1000`)).items;
    assert.deepEqual(seen, since);
    assert.equal(new Set(seen.flatMap((it) => it.jobs.map((job: Body) => job.ref))).size, 2 * 16 * perWriter);
  });

  test(`a list, plus the events after its asOf, is the list taken later (${storage})`, async (t) => {
    const lab = await ServerLab.open(t, { storage });
    await lab.project();
    for (let index = 0; index < 40; index++) await lab.ok('POST', jobs, { body: { command: ['x'] } });
    const busy = Promise.all(
      Array.from({ length: 16 }, async (_, writer) => {
        for (let index = 0; index < 8; index++) {
          const { ref } = await lab.ok('POST', jobs, { body: { command: ['x'] } });
          await lab.ok(
            'POST',
            `/v1/projects/${ref.replace('/', '/jobs/')}/${index % 2 === 0 ? 'cancel' : 'hold'}`,
          );
          await lab.ok('POST', `${jobs}/${1 + ((writer * 5 + index) % 40)}/cancel`);
        }
      }),
    );
    const lists: Body[] = [];
    for (let taken = 0; taken < 10; taken++) lists.push(await lab.ok('GET', `${jobs}?limit=1000`));
    await busy;
    const final = await lab.ok('GET', `${jobs}?limit=1000`);
    for (const list of lists) {
      const states = new Map<string, unknown>(
        list.items.map((it: Body) => [it.ref, [it.state, it.revision]]),
      );
      const { items } = await lab.ok('GET', `/v1/events?after=${list.asOf}&limit=1000`);
      for (const event of items) for (const job of event.jobs) states.set(job.ref, [job.state, job.revision]);
      assert.deepEqual(
        [...states].sort(),
        final.items.map((it: Body) => [it.ref, [it.state, it.revision]]).sort(),
      );
    }
  });
}

test('a stream without a place begins now, and its first word is where that is', async (t) => {
  const lab = await ServerLab.open(t);
  await lab.project();
  const base = await lab.listen();
  const reader = await Reader.open(base, await lab.token('viewer'));
  assert.equal(reader.response.headers.get('content-type'), 'text/event-stream');
  assert.equal(reader.response.headers.get('x-content-type-options'), 'nosniff');
  await lab.ok('POST', jobs, { body: {} });
  const event = await reader.next();
  assert.equal(event.type, 'jobs.created');
  assert.equal(reader.lastId, event.cursor);
  reader.close();
});

test('a stream shows the project asked for, and a narrow token its own project only', async (t) => {
  const lab = await ServerLab.open(t);
  await lab.project('toxd');
  await lab.project('other');
  const base = await lab.listen();
  const one = await Reader.open(base, await lab.token('viewer'), '?project=other');
  const narrow = await Reader.open(base, await lab.token('viewer', 'ana', 'other'));
  await lab.ok('POST', '/v1/projects/toxd/jobs', { body: {} });
  await lab.ok('POST', '/v1/projects/other/jobs', { body: {} });
  for (const reader of [one, narrow]) {
    assert.deepEqual((await reader.next()).jobs[0].ref, 'other/1');
    reader.close();
  }
});

test('a stream from the far past is read from the storage until it meets the present', async (t) => {
  const lab = await ServerLab.open(t);
  await lab.project();
  const start = (await lab.ok('GET', jobs)).asOf;
  for (let index = 0; index < 30; index++) await lab.ok('POST', jobs, { body: {} });
  const base = await lab.listen();
  const reader = await Reader.open(base, await lab.token('viewer'), `?project=toxd&after=${start}`);
  for (let index = 1; index <= 30; index++) assert.equal((await reader.next()).jobs[0].ref, `toxd/${index}`);
  await lab.ok('POST', jobs, { body: {} });
  assert.equal((await reader.next()).jobs[0].ref, 'toxd/31');
  reader.close();
});

test('a client that does not read delays nobody, is dropped, and misses nothing when it comes back', async (t) => {
  const past = new EventLog();
  const lab = await ServerLab.open(t, { around: (storage) => past.around(storage) });
  const base = await lab.listen();
  const token = await lab.token('viewer');
  const lazy = connect(Number(new URL(base).port), '127.0.0.1');
  lazy.pause();
  lazy.write(
    `GET /v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\nAccept: text/event-stream\r\n\r\n`,
  );
  await once(lazy, 'readable');
  const eager = await Reader.open(base, token);
  // Far more than sockets buffer and the ring keeps.
  const many = 400;
  for (let index = 0; index < many; index++) {
    past.record(1_000);
    assert.equal((await eager.next()).jobs.length, 1_000);
  }
  eager.close();

  const lines = new EventLines();
  const seen: Body[] = [];
  const parts: Buffer[] = [];
  lazy.on('data', (part) => parts.push(part));
  lazy.resume();
  await once(lazy, 'close');
  const body = Buffer.concat(parts)
    .toString()
    .split('\r\n\r\n')
    .slice(1)
    .join('')
    .replace(/\r\n[0-9a-f]+\r\n/g, '');
  for (const { data } of lines.push(body)) if (data !== null) seen.push(JSON.parse(data));
  assert.ok(seen.length < many, 'it was dropped');

  let place = seen.at(-1)?.cursor ?? 'past-0';
  const again = await Reader.open(base, token, '', { 'last-event-id': place });
  for (let index = seen.length; index < many; index++) {
    place = (await again.next()).cursor;
    assert.equal(place, `past-${(index + 1).toString(36)}`);
  }
  again.close();
});

test('too many streams are refused, with a time to come back', async (t) => {
  const lab = await ServerLab.open(t, { eventStreams: 1 });
  const base = await lab.listen();
  const token = await lab.token('viewer');
  const first = await Reader.open(base, token);
  const second = await Reader.open(base, token);
  assert.equal(second.response.status, 429);
  assert.match(second.response.headers.get('retry-after') ?? '', /^[12]$/);
  second.close();
  first.close();
});

/** A record of events as large as one likes, in place of the storage’s own. */
class EventLog {
  readonly #events: RecordedEvent[] = [];
  readonly #listeners = new Set<(hint: Hint) => void>();

  around(storage: Storage): Storage {
    return {
      ...storage,
      identify: async () => ({
        ...(await storage.identify()),
        incarnation: 'past',
        lastEvent: this.#events.length,
      }),
      listEvents: async ({ after, limit }) => {
        const from = after?.sequence ?? 0;
        const items = this.#events.slice(from, from + limit);
        return { items, incarnation: 'past', upTo: from + items.length, last: this.#events.length };
      },
      onHint: (listener) => {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
      },
    };
  }

  record(jobs: number): void {
    const sequence = this.#events.length + 1;
    const moved = Array.from({ length: jobs }, (_, index) => ({
      ref: `toxd/${index}`,
      state: 'ready' as const,
      revision: 1,
    }));
    this.#events.push({
      sequence,
      at: 0,
      type: 'jobs.created',
      project: 'toxd',
      database: null,
      actor: 'test',
      jobs: moved,
    });
    for (const listener of this.#listeners) listener({ ready: null, event: true, locks: false, workers: [] });
  }
}
