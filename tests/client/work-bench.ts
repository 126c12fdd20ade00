/** A client that works, at a server that loses what it is told to lose. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { type ClientOptions, type JobHandler, LabkeepClient, type WorkOptions } from '@labkeep/client';
import { until } from '../support/until.ts';
import type { FakeDurations, FakeJob } from '../worker/support/fake-jobs.ts';
import { FakeServer } from '../worker/support/fake-server.ts';

export interface Bench {
  readonly server: FakeServer;
  readonly stop: AbortController;
  readonly troubles: string[];
  work(
    handlers: Readonly<Record<string, JobHandler>>,
    options?: Partial<WorkOptions>,
    client?: Partial<ClientOptions>,
  ): Promise<void>;
}

export async function bench(t: TestContext, durations: Partial<FakeDurations> = {}): Promise<Bench> {
  const server = await FakeServer.start(durations);
  const stop = new AbortController();
  const troubles: string[] = [];
  const works: Promise<unknown>[] = [];
  t.after(async () => {
    server.judge = () => 'answer';
    stop.abort();
    await Promise.allSettled(works);
    await server.stop();
  });
  return {
    server,
    stop,
    troubles,
    work: (handlers, options = {}, client = {}) => {
      const work = new LabkeepClient({ ...server.address, ...client }).work({
        name: 'w',
        handlers,
        signal: stop.signal,
        onTrouble: ({ code }) => troubles.push(code),
        ...options,
      });
      work.catch(() => undefined);
      works.push(work);
      return work;
    },
  };
}

export function ended(job: FakeJob) {
  return until(`the end of ${job.ref}`, () => job.report);
}

export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** What an attempt logged, by stream. */
export function logged(job: FakeJob, stream = 'stdout'): string {
  const [chunks = new Map()] = job.output.values();
  const sorted = [...chunks.values()].sort((a, b) => a.seq - b.seq);
  assert.deepEqual(
    sorted.map(({ seq }) => seq),
    sorted.map((_, index) => index),
  );
  return Buffer.concat(
    sorted.filter((it) => it.stream === stream).map(({ data }) => Buffer.from(data, 'base64')),
  ).toString();
}
