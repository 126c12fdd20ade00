import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LabkeepClient } from '@labkeep/client';
import { ActivityReader } from '../../src/cli/top/activity.ts';

/** A server of one project with one job, as far as top asks for it. */
class OneJob {
  state = 'running';
  /** Lists of jobs are not to be had. */
  isBroken = false;
  #events = 0;

  happened(state: string): void {
    this.state = state;
    this.#events += 1;
  }

  readonly fetch: typeof fetch = async (input) => {
    const { pathname, searchParams } = new URL(String(input));
    const seen = Number(searchParams.get('after') ?? 0);
    switch (pathname) {
      case '/v1/health':
        return Response.json({ status: 'ok' });
      case '/v1/events': {
        const asOf = String(this.#events);
        return Response.json({ items: seen < this.#events ? [{ project: 'toxd' }] : [], next: asOf, asOf });
      }
      case '/v1/projects':
        return Response.json({ items: [{ name: 'toxd' }], next: null });
      case '/v1/projects/toxd/jobs': {
        if (this.isBroken) return Response.json({ code: 'storage_busy' }, { status: 503 });
        const isAsked = searchParams.get('state')?.split(',').includes(this.state) === true;
        const job = { ref: 'toxd/1', state: this.state, reason: 'held' };
        return Response.json({ items: isAsked ? [job] : [], next: null });
      }
      case '/v1/projects/toxd/jobs/1':
        return Response.json({ progress: null });
      default:
        return Response.json({ items: [], next: null });
    }
  };
}

test('what a server that went away did not tell is read when it is back', async () => {
  const server = new OneJob();
  const client = new LabkeepClient({ url: 'http://top', fetch: server.fetch, retry: { forMs: 0 } });
  const reader = new ActivityReader(client, 'http://top');
  assert.equal((await reader.read()).running.length, 1);
  server.happened('waiting');
  server.isBroken = true;
  await assert.rejects(reader.read(), { code: 'storage_busy' });
  server.isBroken = false;
  const { running, waiting } = await reader.read();
  assert.deepEqual([running.length, waiting], [0, [{ reason: 'held', jobs: 1 }]]);
});

test('the first look is made anew if it was cut short', async () => {
  const server = new OneJob();
  server.isBroken = true;
  const client = new LabkeepClient({ url: 'http://top', fetch: server.fetch, retry: { forMs: 0 } });
  const reader = new ActivityReader(client, 'http://top');
  await assert.rejects(reader.read(), { code: 'storage_busy' });
  server.isBroken = false;
  assert.equal((await reader.read()).running.length, 1);
});
