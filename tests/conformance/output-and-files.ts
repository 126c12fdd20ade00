import assert from 'node:assert/strict';
import type { FileRecord } from '../../src/core/jobs/job.ts';
import type { OutputChunk } from '../../src/ports/records/workers.ts';
import type { Harness } from './harness.ts';
import { casesFor, type Lab, placeOf } from './lab.ts';
import { only } from './lab-worker.ts';

const mebibyte = 1024 * 1024;

export function outputAndFiles(harness: Harness): void {
  const when = casesFor(harness);

  when('output reads back byte for byte, in the order of its sequence', async (lab) => {
    await lab.submit();
    const node = await lab.worker();
    const offer = await lab.started(node);
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    await node.output(offer, chunk(1, 'second\n', 'stderr'), { stream: 'stdout', sequence: 0, data: bytes });
    lab.clock.advance(10);
    const answer = await node.output(offer, chunk(2, '¡note!', 'note'));
    assert.deepEqual(answer, { kept: 256 + 7 + 7, capped: false });
    const log = await readLog(lab);
    assert.deepEqual(
      log.chunks.map(({ sequence, stream, at, attempt }) => [sequence, stream, at, attempt]),
      [
        [0, 'stdout', lab.clock.now() - 10, 1],
        [1, 'stderr', lab.clock.now() - 10, 1],
        [2, 'note', lab.clock.now(), 1],
      ],
    );
    assert.deepEqual(new Uint8Array(log.chunks[0]?.data ?? []), bytes);
    assert.equal(textOf(log.chunks[2]?.data), '¡note!');
    assert.deepEqual([log.attempt, log.complete], [1, false]);
  });

  when('a chunk that is there already is left as it is', async (lab) => {
    await lab.submit();
    const node = await lab.worker();
    const offer = await lab.started(node);
    await node.output(offer, chunk(0, 'first'), chunk(1, 'second'));
    const answer = await node.output(offer, chunk(1, 'other'), chunk(2, 'third'), chunk(2, 'double'));
    assert.equal(answer.kept, 5 + 6 + 5);
    const { chunks } = await readLog(lab);
    assert.deepEqual(
      chunks.map(({ data }) => textOf(data)),
      ['first', 'second', 'third'],
    );
  });

  when(
    'the log is read page by page, and is complete when the attempt has ended and all is read',
    async (lab) => {
      await lab.submit();
      const node = await lab.worker();
      const offer = await lab.started(node);
      await node.output(offer, chunk(0, 'a'), chunk(1, 'b'), chunk(5, 'c'));
      assert.equal((await readLog(lab, { limit: 9 })).complete, false, 'it runs');
      await node.finish(offer, 'succeeded');
      const first = await readLog(lab, { limit: 2 });
      assert.deepEqual([first.chunks.length, first.complete], [2, false]);
      const second = await readLog(lab, { limit: 2, after: 1 });
      assert.deepEqual(
        second.chunks.map(({ sequence }) => sequence),
        [5],
      );
      assert.equal(second.complete, true);
      const none = await readLog(lab, { limit: 2, after: 5 });
      assert.deepEqual([none.chunks, none.complete], [[], true]);
    },
  );

  when(
    'while an attempt runs, its log is shown up to the first gap; what ended is shown whole',
    async (lab) => {
      await lab.submit();
      const node = await lab.worker();
      const offer = await lab.started(node);
      const shown = async (asked: { after?: number; limit?: number } = {}) =>
        (await readLog(lab, asked)).chunks.map(({ sequence }) => sequence);
      await node.output(offer, chunk(1, 'b'), chunk(3, 'd'));
      assert.deepEqual(await shown(), []);
      await node.output(offer, chunk(0, 'a'));
      assert.deepEqual(await shown(), [0, 1]);
      assert.deepEqual(await shown({ limit: 1 }), [0]);
      assert.deepEqual(await shown({ after: 1 }), []);
      await node.output(offer, chunk(2, 'c'), chunk(5, 'f'));
      assert.deepEqual(await shown({ after: 1 }), [2, 3]);
      await node.finish(offer, 'succeeded');
      assert.deepEqual(await shown({ after: 1 }), [2, 3, 5]);
    },
  );

  when('output that comes after the end, under the same epoch, is kept', async (lab) => {
    await lab.submit();
    const node = await lab.worker();
    const offer = await lab.started(node);
    await node.finish(offer, 'succeeded');
    await node.output(offer, chunk(0, 'late'));
    assert.equal(textOf((await readLog(lab)).chunks[0]?.data), 'late');
  });

  when('each attempt has a log of its own, and the newest is read where none is named', async (lab) => {
    await lab.submit({ retry: { max: 1, delayMs: 0 } });
    const node = await lab.worker();
    for (const word of ['first', 'second']) {
      const offer = await lab.started(node);
      await node.output(offer, chunk(0, word));
      await node.finish(offer, 'failed');
    }
    assert.equal(textOf((await readLog(lab)).chunks[0]?.data), 'second');
    const first = await readLog(lab, { attempt: 1 });
    assert.deepEqual([first.attempt, textOf(first.chunks[0]?.data), first.complete], [1, 'first', true]);
  });

  when('a job without an attempt has no log, which is complete when the job is final', async (lab) => {
    await lab.submit();
    assert.deepEqual(await readLog(lab), { attempt: null, chunks: [], complete: false });
    await lab.act('cancel', '1');
    assert.deepEqual(await readLog(lab), { attempt: null, chunks: [], complete: true });
  });

  when('an attempt that never was has no log', async (lab) => {
    await lab.submit();
    await lab.started(await lab.worker());
    await lab.refuses('attempt_unknown', () => readLog(lab, { attempt: 2 }));
  });

  when('output is taken only under the epoch of the attempt', async (lab) => {
    await lab.submitAll([{ onLost: 'retry', retry: { max: 1, delayMs: 0 } }, {}]);
    const node = await lab.worker();
    const first = await lab.started(node);
    const offered = only(await node.offers(1));
    await lab.refuses('epoch_stale', () => node.output(offered, chunk(0, 'not started')));
    await lab.refuses('epoch_stale', () => node.output({ ...first, epoch: first.epoch - 1 }, chunk(0, 'x')));
    await lab.refuses('attempt_unknown', () =>
      node.output({ attempt: 'No Attempt', epoch: 1 }, chunk(0, 'x')),
    );
    const stranger = await lab.worker({ principal: 'bob' });
    await lab.refuses('forbidden', () => stranger.output(first, chunk(0, 'foreign')));
    assert.deepEqual((await readLog(lab)).chunks, []);
  });

  when('sixteen mebibytes are kept of an attempt, and the worker is told', async (lab) => {
    await lab.submit();
    const node = await lab.worker();
    const offer = await lab.started(node);
    const data = new Uint8Array(mebibyte).fill(120);
    for (let sequence = 0; sequence < 15; sequence++) {
      const answer = await node.output(offer, { stream: 'stdout', sequence, data });
      assert.deepEqual(answer, { kept: (sequence + 1) * mebibyte, capped: false });
    }
    await node.output(offer, { stream: 'stderr', sequence: 15, data: data.subarray(1) });
    const full = { kept: 16 * mebibyte, capped: true };
    assert.deepEqual(
      await node.output(offer, { stream: 'stdout', sequence: 16, data }),
      full,
      'one byte fits',
    );
    assert.deepEqual(await node.output(offer, { stream: 'stdout', sequence: 17, data }), full);
    const { chunks } = await readLog(lab, { limit: 100 });
    assert.deepEqual(
      chunks.map(({ data: kept }) => kept.length),
      [...new Array<number>(15).fill(mebibyte), mebibyte - 1, 1],
    );
    const note = await node.output(offer, chunk(18, 'output beyond this was dropped', 'note'));
    assert.deepEqual(note, { kept: 16 * mebibyte + 30, capped: false }, 'a note still fits');
    const endless = await node.output(offer, { stream: 'note', sequence: 19, data });
    assert.equal(endless.capped, true, 'but not without end');
    assert.ok(endless.kept < 17 * mebibyte);
  });

  when('the files of a job are what was declared, and what attempts wrote', async (lab) => {
    await lab.submit({ inputs: ['in'], outputs: ['out'], retry: { max: 1, delayMs: 0 } });
    const node = await lab.worker();
    const sha256 = '0123456789abcdef'.repeat(4);
    await node.finish(await lab.started(node), 'failed', { outputs: [{ path: 'core' }] });
    await node.finish(await lab.started(node), 'succeeded', { outputs: [{ path: 'out', size: 0, sha256 }] });
    const expected: readonly FileRecord[] = [
      { role: 'input', path: 'in', attempt: null },
      { role: 'output', path: 'out', attempt: null },
      { role: 'output', path: 'core', attempt: 1 },
      { role: 'output', path: 'out', size: 0, sha256, attempt: 2 },
    ];
    assert.deepEqual(sorted((await lab.job('1')).files), sorted(expected));
    const page = await lab.storage.listFiles({ ...placeOf('1'), limit: 100 });
    assert.deepEqual(sorted(page.items), sorted(expected));
    assert.equal(page.next, null);
  });

  when('files are listed page by page, each once; a job shows the first thousand', async (lab) => {
    const paths = Array.from({ length: 1100 }, (_, index) => `out/${index}.txt`);
    await lab.submit({ inputs: ['in'] });
    const node = await lab.worker();
    await node.finish(await lab.started(node), 'succeeded', { outputs: paths.map((path) => ({ path })) });
    const shown = (await lab.job('1')).files;
    assert.equal(shown.length, 1000);
    const listed: FileRecord[] = [];
    for (let after: string | null | undefined; after !== null; ) {
      const page = await lab.storage.listFiles({
        ...placeOf('1'),
        limit: 300,
        ...(after === undefined ? {} : { after }),
      });
      assert.ok(page.items.length > 0);
      listed.push(...page.items);
      after = page.next;
    }
    assert.deepEqual(new Set(listed.map(({ path }) => path)), new Set(['in', ...paths]));
    assert.equal(listed.length, 1101);
    assert.deepEqual(shown, listed.slice(0, 1000));
  });
}

function chunk(sequence: number, text: string, stream: OutputChunk['stream'] = 'stdout'): OutputChunk {
  return { sequence, stream, data: Buffer.from(text) };
}

function textOf(data: Uint8Array | undefined): string {
  return Buffer.from(data ?? []).toString();
}

function readLog(lab: Lab, asked: { attempt?: number; after?: number; limit?: number } = {}) {
  return lab.storage.readLog({ ...placeOf('1'), attempt: null, after: -1, limit: 10, ...asked });
}

function sorted(files: readonly FileRecord[]): readonly FileRecord[] {
  const key = ({ role, path, attempt }: FileRecord): string => `${role} ${path} ${attempt}`;
  return [...files].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
