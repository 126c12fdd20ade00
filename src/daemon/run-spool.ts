/**
 * Takes over the runs that recorders leave in the spool of the data folder (src/recorder/spool.ts). A run is told as
 * often as it takes, under its own key, so it is recorded once whoever was killed in between. A recorder that lives
 * keeps its run alive; of one that is gone, the record's lease runs out. One that was refused is told again after a
 * while, and as soon as projects or grants are others.
 */
import { hostname } from 'node:os';
import type { Mount } from '@labkeep/client';
import type { Caller } from '../app/caller.ts';
import type { EventList } from '../app/list-events.ts';
import type { UseCases } from '../app/use-cases.ts';
import type { EventType } from '../core/events/event.ts';
import { Fault, mayHeal } from '../core/faults.ts';
import { type JobPlace, readReference, writeReference } from '../core/jobs/reference.ts';
import type { Log } from '../ports/log.ts';
import type { Timers } from '../ports/timers.ts';
import type { Troubles } from '../ports/troubles.ts';
import { endThere, mountsFor, runThere } from '../recorder/paths-there.ts';
import { type EndReport, projectBegun, type Told } from '../recorder/report.ts';
import { type Spool, touchEveryMs } from '../recorder/spool.ts';
import type { SpooledStart } from '../recorder/spool-parts.ts';
import { isRunning } from '../worker/supervisor/processes.ts';
import { LookOut } from './look-out.ts';

export interface RunSpoolOptions {
  readonly spool: Spool;
  readonly useCases: Pick<
    UseCases,
    'recordRun' | 'renewRun' | 'finishRun' | 'getJob' | 'listEvents' | 'getDirectory'
  >;
  /** Calls whenever something happened on record; the function that comes back ends that. */
  readonly onEvent: (listener: () => void) => () => void;
  readonly caller: Caller;
  readonly timers: Timers;
  readonly log: Log;
  readonly troubles: Troubles;
  readonly now: () => number;
}

/** Where a run of the spool stands, as far as this server knows. */
interface Known {
  readonly attempt: string;
  readonly epoch: number;
  readonly leaseMs: number;
  readonly mounts: readonly Mount[];
  renewedAt: number;
  told: Told;
}

/** What a run was refused for may be gone after such an event. */
const healingTypes: ReadonlySet<EventType> = new Set([
  'project.created',
  'project.changed',
  'project.deleted',
  'token.created',
  'token.revoked',
]);

/** Besides the file system's own word, which is not given for what another machine writes. */
const lookEveryMs = 1_000;
/** A run that was refused is told again after so long. */
const refusedMs = { first: 60_000, longest: 3_600_000 } as const;
/** A recorder of another machine is gone when it has touched nothing for so long. */
const silentMs = 6 * touchEveryMs;

const looking = {
  failed: 'the runs of recorders could not be looked at; it is tried again',
  succeeds: 'the runs of recorders are looked at again',
  apart: true,
};

const taking = {
  failed: 'runs could not be recorded yet; it is tried again',
  succeeds: 'runs are recorded again',
};

const hearing = {
  failed: 'it cannot be seen whether runs that were refused may be told again',
  succeeds: 'it can be seen again whether runs that were refused may be told again',
};

export class RunSpool {
  readonly #options: RunSpoolOptions;
  readonly #known = new Map<string, Known>();
  readonly #recording = new Map<string, Promise<Known>>();
  /** Runs that were refused: what stands against them may be gone later. */
  readonly #refused = new Map<string, { readonly againAt: number; readonly pauseMs: number }>();
  /** Of runs of other machines: when their recorders touched them last, by their clocks, and when that was seen, by ours. */
  readonly #touches = new Map<string, { readonly touchedAt: number | null; readonly seenAt: number }>();
  readonly #lookOut: LookOut;
  readonly #unlisten: () => void;
  /** Up to where it is known what happened since the first of them was refused. */
  #heardUpTo: string | null = null;
  /** Something happened since the last look: it may have been a cancellation. */
  #happened = false;

  constructor(options: RunSpoolOptions) {
    this.#options = options;
    const { spool, timers, log, troubles } = options;
    this.#lookOut = new LookOut({
      folders: [spool.folder],
      look: () => this.#takeAll(),
      everyMs: lookEveryMs,
      timers,
      log,
      what: looking,
      troubles,
    });
    this.#unlisten = options.onEvent(() => {
      this.#happened = true;
    });
    void this.#lookOut.look();
  }

  /** Whether runs are on their way. */
  get isBusy(): boolean {
    return this.#known.size > 0;
  }

  /** Resolves when nothing is being taken over. */
  async stop(): Promise<void> {
    this.#unlisten();
    await this.#lookOut.stop();
  }

  async #takeAll(): Promise<void> {
    const { spool, now } = this.#options;
    const happened = this.#happened;
    this.#happened = false;
    const healed = happened && this.#refused.size > 0 && (await this.#mayHaveHealed());
    const all = spool.keys();
    const keys = all.filter((key) => healed || now() >= (this.#refused.get(key)?.againAt ?? 0));
    for (const key of this.#known.keys()) if (!keys.includes(key)) this.#known.delete(key);
    for (const key of this.#touches.keys()) if (!all.includes(key)) this.#touches.delete(key);
    for (const key of this.#refused.keys()) if (!all.includes(key)) this.#refused.delete(key);
    const taken = await Promise.allSettled(keys.map((key) => this.#take(key, happened)));
    if (this.#refused.size === 0) this.#heardUpTo = null;
    for (const each of taken) if (each.status === 'rejected') throw each.reason;
  }

  /** Whether projects or grants may be others since this was asked last. */
  async #mayHaveHealed(): Promise<boolean> {
    let healed = this.#heardUpTo === null;
    for (let more = true; more; ) {
      const page = await this.#hear(healed ? 1 : 1_000);
      if (page === null) return healed;
      healed ||= page.items.some(({ type }) => healingTypes.has(type));
      this.#heardUpTo = healed ? page.asOf : page.next;
      more = !healed && page.items.length > 0;
    }
    return healed;
  }

  async #hear(limit: number): Promise<EventList | null> {
    const { useCases, caller, troubles } = this.#options;
    try {
      const page = await useCases.listEvents(caller, { after: this.#heardUpTo ?? undefined, limit });
      troubles.succeeded(hearing);
      return page;
    } catch (error) {
      troubles.failed(hearing, error);
      this.#heardUpTo = null;
      return null;
    }
  }

  async #take(key: string, happened: boolean): Promise<void> {
    const { spool, log, troubles, now } = this.#options;
    try {
      const start = spool.start(key);
      if (start === null || start.server !== null) return;
      const end = spool.end(key);
      const known = await this.#knownRun(key, start);
      this.#refused.delete(key);
      if (end !== null && !known.told.final) await this.#finish(key, known, end);
      if (known.told.final || end === null) await this.#attend(key, start, known, happened);
    } catch (error) {
      const isFault = error instanceof Fault;
      if (isFault && mayHeal(error)) {
        troubles.failed(taking, error);
        return;
      }
      const pauseMs = Math.min(
        2 * (this.#refused.get(key)?.pauseMs ?? refusedMs.first / 2),
        refusedMs.longest,
      );
      this.#refused.set(key, { againAt: now() + pauseMs, pauseMs });
      log.warn({ error, run: key, pauseMs }, 'a run could not be recorded');
      if (isFault) spool.writeTold(key, { why: error.message });
      this.#heardUpTo ??= (await this.#hear(1))?.asOf ?? null;
    }
  }

  /** The run on record; asked for by itself and by the runs within it, it is recorded once. */
  async #knownRun(key: string, start: SpooledStart): Promise<Known> {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const recording = this.#recording.get(key) ?? this.#record(key, start);
    this.#recording.set(key, recording);
    return await recording.finally(() => this.#recording.delete(key));
  }

  async #record(key: string, { run: here, within, aliases = {} }: SpooledStart): Promise<Known> {
    const { useCases, caller, spool, troubles, now } = this.#options;
    const outer = within === null ? null : await this.#placeOf(within);
    const mounts = await mountsFor(aliases, here.project ?? outer?.project ?? null, this.#findDirectory);
    const run = runThere(here, mounts);
    const { job, attempt, epoch, leaseMs, newProject, asks } = await useCases.recordRun(caller, {
      ...run,
      ...(outer !== null && (run.project ?? outer.project) === outer.project
        ? { project: outer.project, parent: outer.number }
        : {}),
      startedAt: Date.parse(run.startedAt),
    });
    const told: Told = {
      ref: writeReference(job),
      state: job.state,
      newProject: newProject ? projectBegun(here, job.project) : null,
      final: false,
      cancel: false,
      ...(asks === undefined ? {} : { asks }),
    };
    const known: Known = { attempt, epoch, leaseMs, mounts, renewedAt: now(), told };
    troubles.succeeded(taking);
    this.#known.set(key, known);
    spool.writeTold(key, told);
    return known;
  }

  /** Of a project that is still to be made nothing is known. */
  readonly #findDirectory = async (project: string | null, alias: string): Promise<string | null> => {
    const { useCases, caller } = this.#options;
    try {
      return (await useCases.getDirectory(caller, project, alias)).path;
    } catch (error) {
      if (error instanceof Fault && isUnknown(error.code)) return null;
      throw error;
    }
  };

  /** The job of a run of this spool; null where there is no trace of it any more. */
  async #placeOf(key: string): Promise<JobPlace | null> {
    const start = this.#options.spool.start(key);
    if (start === null || start.server !== null) return null;
    const { told } = await this.#knownRun(key, start);
    return readReference(told.ref, 'ref');
  }

  async #finish(key: string, known: Known, end: EndReport): Promise<void> {
    const { useCases, caller, spool, troubles } = this.#options;
    const { attempt, epoch, mounts } = known;
    const finishedAt = Date.parse(end.finishedAt);
    const told = { ...endThere(end, mounts), finishedAt };
    const job = await useCases.finishRun(caller, { attempt, epoch, ...told });
    troubles.succeeded(taking);
    known.told = { ...known.told, state: job.state, final: true };
    spool.writeTold(key, known.told);
  }

  /** Keeps the run of a recorder that lives, and tells it of a cancellation; clears up after one that is gone. */
  async #attend(key: string, start: SpooledStart, known: Known, happened: boolean): Promise<void> {
    const { useCases, caller, spool, troubles, now } = this.#options;
    if (!this.#isAlive(key, start)) {
      spool.remove(key);
      this.#known.delete(key);
      return;
    }
    if (known.told.final) return;
    const { attempt, epoch, leaseMs, told } = known;
    if (now() - known.renewedAt >= leaseMs / 3) {
      await useCases.renewRun(caller, { attempt, epoch });
      troubles.succeeded(taking);
      known.renewedAt = now();
    } else if (!happened) return;
    const job = await useCases.getJob(caller, readReference(told.ref, 'ref'));
    if (told.cancel || job.cancelRequestedAt === null) return;
    known.told = { ...told, cancel: true };
    spool.writeTold(key, known.told);
  }

  #isAlive(key: string, { run, recorder }: SpooledStart): boolean {
    if (run.host === hostname()) return isRunning(recorder);
    const { spool, now } = this.#options;
    const touchedAt = spool.touchedAt(key);
    const last = this.#touches.get(key);
    if (last !== undefined && last.touchedAt === touchedAt) return now() - last.seenAt < silentMs;
    this.#touches.set(key, { touchedAt, seenAt: now() });
    return true;
  }
}

function isUnknown(code: string): boolean {
  return code === 'directory_unknown' || code === 'project_unknown';
}
