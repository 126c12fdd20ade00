import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { decodeFrames, encodeFrame, frameBytesMax, type Stream } from '../../src/worker/supervisor/frames.ts';
import { until } from '../support/until.ts';
import { Bench, outputOf } from './support/bench.ts';

test('a gigabyte of output grows neither memory nor disk, and its end is counted', async (t) => {
  const bench = await Bench.open(t);
  const job = bench.server.submit({
    command: ['sh', '-c', 'head -c 1073741824 /dev/zero; echo "done" > "$BENCH_FOLDER/reached"'],
  });
  await bench.started();
  const most = { memory: 0, file: 0 };
  const watch = setInterval(() => {
    for (const { pid, command } of bench.processes())
      if (command.includes('supervisor')) most.memory = Math.max(most.memory, residentBytes(pid));
    most.file = Math.max(most.file, sizeOf(bench.path(`worker/attempts/test.1-1@${job.epoch}/output`)));
  }, 20);
  t.after(() => clearInterval(watch));
  assert.equal((await bench.ended(job)).outcome, 'succeeded');
  clearInterval(watch);
  assert.deepEqual(bench.lines('reached'), ['done']);
  assert.equal(outputOf(job, ['stdout']).length, 16 * 1024 * 1024);
  assert.equal(outputOf(job, ['note']).toString(), 'output capped: 1,008 MiB more were not kept\n');
  assert.ok(most.memory < 256 * 1024 * 1024, `the supervisor took ${most.memory} bytes`);
  assert.ok(most.file > 0 && most.file < 17 * 1024 * 1024, `the file took ${most.file} bytes`);
});

test('bytes arrive as they were written, whatever they mean, none larger than a chunk may be', async (t) => {
  const bench = await Bench.open(t);
  const every = Array.from({ length: 256 }, (_, byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
  const job = bench.server.submit({
    command: ['sh', '-c', `printf '${every}'; head -c 300000 /dev/urandom > r; cat r`],
  });
  await bench.started();
  await bench.ended(job);
  const kept = bench.path(`worker/scratch/test-1-1.${job.epoch}/r`);
  const expected = Buffer.concat([
    Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)),
    readFileSync(kept),
  ]);
  assert.ok(outputOf(job).equals(expected));
  for (const chunks of job.output.values())
    for (const { data } of chunks.values()) assert.ok(Buffer.from(data, 'base64').length <= 64 * 1024);
});

test('both streams keep their order under one count', async (t) => {
  const bench = await Bench.open(t);
  const step = (line: number): string =>
    `echo ${line} >&${1 + (line % 2)}; while [ ! -e "$BENCH_FOLDER/read${line}" ]; do sleep 0.01; done`;
  const job = bench.server.submit({ command: ['sh', '-c', [0, 1, 2, 3].map(step).join('; ')] });
  await bench.started();
  for (const line of [0, 1, 2, 3]) {
    await until(`line ${line}`, () => job.output.size > 0 && outputOf(job).toString().includes(`${line}\n`));
    writeFileSync(bench.path(`read${line}`), '');
  }
  await bench.ended(job);
  assert.equal(outputOf(job).toString(), '0\n1\n2\n3\n');
  assert.equal(outputOf(job, ['stderr']).toString(), '1\n3\n');
});

test('output is on the server while the command still runs', async (t) => {
  const bench = await Bench.open(t);
  const job = bench.server.submit({
    command: ['sh', '-c', `echo first; while [ ! -e ${bench.path('go')} ]; do sleep 0.01; done`],
  });
  await bench.started();
  await until('the first line', () => [...job.output.values()].some((chunks) => chunks.size > 0));
  assert.equal(job.state, 'running');
  assert.equal(outputOf(job).toString(), 'first\n');
});

test('very many small writes are gathered into few chunks', async (t) => {
  const bench = await Bench.open(t);
  const job = bench.server.submit({
    command: ['sh', '-c', 'i=0; while [ $i -lt 5000 ]; do echo $i; i=$((i+1)); done'],
  });
  await bench.started();
  await bench.ended(job);
  assert.equal(outputOf(job).toString().split('\n').length, 5_001);
  assert.ok(([...job.output.values()][0]?.size ?? 0) < 200);
});

test('output that the server refuses costs the output, not the report', async (t) => {
  const bench = await Bench.open(t);
  const job = bench.server.submit({ command: ['sh', '-c', 'echo x; exit 4'] });
  bench.server.judge = ({ verb }) => (verb === 'output' ? { refuse: 409, code: 'epoch_stale' } : 'answer');
  await bench.started();
  assert.equal((await bench.ended(job)).exitCode, 4);
});

test('frames are read back whole, byte by byte, and torn', () => {
  const written: [Stream, Buffer][] = [
    ['stdout', Buffer.from('a')],
    ['stderr', Buffer.alloc(0)],
    ['note', Buffer.alloc(frameBytesMax, 7)],
  ];
  const bytes = Buffer.concat(written.map(([stream, data]) => encodeFrame(stream, data)));
  for (let end = 0; end <= bytes.length; end += end < 32 || end > bytes.length - 32 ? 1 : 1_021) {
    const { frames, used, damaged } = decodeFrames(bytes.subarray(0, end));
    assert.equal(damaged, false);
    const taken = written.slice(0, frames.length);
    assert.deepEqual(
      frames,
      taken.map(([stream, data]) => ({ stream, data })),
    );
    assert.equal(
      used,
      taken.reduce((sum, [, data]) => sum + 5 + data.length, 0),
    );
  }
  assert.equal(decodeFrames(Buffer.from([9, 0, 0, 0, 0])).damaged, true);
  assert.equal(decodeFrames(Buffer.from([0, 1, 0, 1, 0])).damaged, true);
});

function residentBytes(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4_096;
  } catch {
    // It has ended.
    return 0;
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
