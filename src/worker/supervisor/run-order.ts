/** Runs one command: starts it once, keeps its output, ends it in time, and leaves on disk how it ended. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { type Host, rest } from '../host.ts';
import {
  type EndedBy,
  type ExitRecord,
  enterGate,
  hasCode,
  outputPath,
  writeCommand,
  writeExit,
} from './attempt-folder.ts';
import { endEverything, endGroup } from './end-group.ts';
import { watchLease } from './lease-watch.ts';
import type { Hint, Order } from './order.ts';
import { OutputFile } from './output-file.ts';
import type { PipeStore } from './pipes.ts';
import { identify, type ProcessIdentity, signal } from './processes.ts';
import { whyNotStarted } from './why-not-started.ts';

export interface Surroundings {
  readonly host: Host;
  readonly pipes: PipeStore;
  readonly self: ProcessIdentity;
  readonly tell: (hint: Hint) => void;
}

/** How long (ms) output is still read when all is over but something outside the group holds the pipe. */
const lastOutputMs = 1_000;
const keepAgainMs = 1_000;

export async function runOrder(order: Order, around: Surroundings): Promise<void> {
  const { folder } = order;
  if (!enterGate(folder, { kind: 'passed', supervisor: around.self }, around.self.pid))
    return around.tell('ended');
  const output = new OutputFile({
    path: outputPath(folder),
    capBytes: order.capBytes,
    timers: around.host.timers,
    onWritten: () => around.tell('output'),
  });
  const started = await start(order, around.pipes);
  const exit = started.kind === 'running' ? await watch(started, order, output, around) : started.exit;
  output.close();
  await keepExit(folder, exit, around.host);
  around.tell('ended');
}

interface Running {
  readonly kind: 'running';
  readonly child: ChildProcess;
  readonly pid: number;
  readonly stdout: Readable;
  readonly stderr: Readable;
}

type Start = Running | { readonly kind: 'failed'; readonly exit: ExitRecord };

async function start(order: Order, pipes: PipeStore): Promise<Start> {
  const [program, ...words] = order.command;
  const out = pipes.take();
  const err = pipes.take();
  const stdin = openStdin(order);
  try {
    const child = spawn(program ?? '', words, {
      cwd: order.directory,
      env: order.environment,
      detached: true,
      stdio: [stdin ?? 'ignore', out?.writeEnd ?? 'pipe', err?.writeEnd ?? 'pipe'],
    });
    const stdout = out?.reader ?? child.stdout;
    const stderr = err?.reader ?? child.stderr;
    if (child.pid !== undefined && stdout !== null && stderr !== null)
      return { kind: 'running', child, pid: child.pid, stdout, stderr };
    const [error] = await once(child, 'error');
    throw error;
  } catch (error) {
    out?.reader.destroy();
    err?.reader.destroy();
    return {
      kind: 'failed',
      exit: { exitCode: null, signal: null, error: whyNotStarted(error, order), endedBy: null },
    };
  } finally {
    if (stdin !== null) closeSync(stdin);
    for (const pipe of [out, err]) if (pipe !== null) closeSync(pipe.writeEnd);
  }
}

/** A file without a name: unlike a socket, a program may open it again as /dev/stdin. */
function openStdin(order: Order): number | null {
  if (order.stdin === null) return null;
  const path = join(order.folder, 'stdin');
  writeFileSync(path, order.stdin, { mode: 0o600 });
  const handle = openSync(path, 'r');
  unlinkSync(path);
  return handle;
}

async function watch(
  it: Running,
  order: Order,
  output: OutputFile,
  around: Surroundings,
): Promise<ExitRecord> {
  const { host } = around;
  const exited = once(it.child, 'exit');
  const leader = identify(it.pid) ?? { pid: it.pid, startTicks: '' };
  writeCommand(order.folder, leader);
  around.tell('started');
  const allRead = Promise.all([keep(it.stdout, 'stdout', output), keep(it.stderr, 'stderr', output)]);

  let endedBy: EndedBy | null = null;
  let hasExited = false;
  let ending: Promise<unknown> = Promise.resolve();
  const end = (cause: EndedBy, termForMs: number): void => {
    if (hasExited) signal(-leader.pid, 'SIGKILL');
    if (hasExited || endedBy !== null) return;
    endedBy = cause;
    ending = endEverything({ leader, mark: order.mark }, termForMs, host);
  };
  const stopWatching = watchTimes(order, host, end);

  const [exitCode, signalName] = await exited;
  hasExited = true;
  await ending;
  await endGroup(leader, order.killAfterMs, host);
  stopWatching();
  await Promise.race([allRead, rest(host.timers, lastOutputMs)]);
  it.stdout.destroy();
  it.stderr.destroy();
  return { exitCode, signal: signalName, error: null, endedBy };
}

function keep(from: Readable, stream: 'stdout' | 'stderr', output: OutputFile): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  from.on('data', (bytes: Buffer) => output.add(stream, bytes));
  // A pipe that breaks has told all that it can.
  from.once('error', () => resolve());
  from.once('close', () => resolve());
  return promise;
}

function watchTimes(order: Order, host: Host, end: (cause: EndedBy, termForMs: number) => void): () => void {
  const { attemptMs, lease, killAfterMs } = order;
  const stops = [
    attemptMs === null ? null : host.timers.after(attemptMs, () => end('attempt_time_limit', killAfterMs)),
    lease === null
      ? null
      : watchLease(lease, host, () => end('lease_lost', Math.min(killAfterMs, lease.safetyMs / 2))),
  ];
  return () => {
    for (const stop of stops) stop?.();
  };
}

/** The record is all that is left of the run, so a full disk is waited out. */
async function keepExit(folder: string, exit: ExitRecord, host: Host): Promise<void> {
  for (;;) {
    try {
      return writeExit(folder, exit);
    } catch (error) {
      // The worker has given the attempt up and removed the folder.
      if (hasCode(error, 'ENOENT')) return;
      await rest(host.timers, keepAgainMs);
    }
  }
}
