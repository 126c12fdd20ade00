/** What an attempt consists of in this worker: its place on disk, its output on the way to the server, its work. */
import { mkdirSync } from 'node:fs';
import { type Mount, mountsOf, offerHere } from '@labkeep/client';
import type { Life } from './attempt-life.ts';
import type { Patience } from './calls.ts';
import { orderFor, workingFolder } from './command-order.ts';
import { type Attendance, attendAdopted, attendSupervised, CommandWork } from './command-work.ts';
import type { Offer, WorkerConnection } from './connection.ts';
import { holdsLocks } from './database-variables.ts';
import { Findings } from './findings.ts';
import { AttemptInHand, type Work } from './hand.ts';
import { type Handler, HandlerWork } from './handler-work.ts';
import type { Offered } from './journal/facts.ts';
import type { Lease } from './lease/lease.ts';
import type { Folders } from './machine.ts';
import { failed } from './outcome.ts';
import { OutputUpload } from './output-upload.ts';
import { Programs } from './programs/programs.ts';
import type { WorkerLimits, WorkerSettings } from './settings.ts';
import { readSent, type SentMark } from './supervisor/attempt-folder.ts';
import { SupervisorPool } from './supervisor/pool.ts';
import type { ProcessIdentity } from './supervisor/processes.ts';

export interface LivesOptions {
  readonly settings: WorkerSettings;
  readonly limits: WorkerLimits;
  readonly handlers: ReadonlyMap<string, Handler>;
  readonly folders: Folders;
  readonly lease: Lease;
  readonly connection: WorkerConnection;
  readonly patience: Patience;
  readonly boot: string;
}

export class Lives {
  readonly #options: LivesOptions;
  readonly #pool: SupervisorPool;
  readonly #programs: Programs;

  constructor(options: LivesOptions) {
    this.#options = options;
    const { folder, host } = options.settings;
    this.#pool = new SupervisorPool({
      folder,
      timers: host.timers,
      idleMs: options.limits.idleSupervisorMs,
    });
    this.#programs = new Programs({ hashBytesMax: options.limits.hashBytesMax, now: () => host.bootMs() });
  }

  /** Nothing is started any more. Resolves when the supervisors that had nothing to do are gone. */
  close(): Promise<void> {
    return this.#pool.close();
  }

  ofOffer(offered: Offer): Life {
    const mounts = mountsOf(offered, this.#options.settings.aliases ?? new Map());
    const offer = offerHere(offered, mounts);
    const attempt = new AttemptInHand(this.#factsOf(offer, mounts));
    if (offer.command !== null) {
      const findings = this.#findingsOf(attempt);
      const attendance = this.#supervised(offer, attempt, findings);
      return this.#ofCommand(attempt, this.#uploadOf(attempt), attendance, findings);
    }
    const handler = offer.task === null ? undefined : this.#options.handlers.get(offer.task);
    return handler === undefined ? this.#ofNobody(attempt, offer) : this.#ofHandler(attempt, offer, handler);
  }

  /** Of an attempt that a former process of this worker had started; what it says of its work is not used again. */
  ofFacts(facts: Offered, supervisor: ProcessIdentity | null): Life {
    const attempt = new AttemptInHand(facts);
    const { settings, patience, folders } = this.#options;
    const folder = folders.of(facts);
    const upload = this.#uploadOf(attempt, readSent(folder));
    const findings = this.#findingsOf(attempt);
    if (supervisor === null)
      return { attempt, folder, upload, findings, work: noWork, named: noFiles, leftTraces: always };
    return this.#ofCommand(
      attempt,
      upload,
      attendAdopted(folder, supervisor, settings.host, patience.signal),
      findings,
    );
  }

  #ofCommand(attempt: AttemptInHand, upload: OutputUpload, attendance: Attendance, findings: Findings): Life {
    const { settings, limits, patience, folders } = this.#options;
    const folder = folders.of(attempt);
    const work = new CommandWork({
      attempt,
      folder,
      host: settings.host,
      killAfterMs: limits.killAfterMs,
      signal: patience.signal,
      onOutput: () => upload.look(),
      attendance,
    });
    return { attempt, folder, upload, work, findings, named: noFiles, leftTraces: always };
  }

  #ofHandler(attempt: AttemptInHand, job: Offer, handler: Handler): Life {
    const { settings, limits, folders, lease } = this.#options;
    const folder = folders.of(attempt);
    const upload = this.#uploadOf(attempt);
    const work = new HandlerWork({
      attempt,
      job,
      handler,
      folder,
      capBytes: limits.outputCapBytes,
      host: settings.host,
      onProgress: (fraction, text, counts) => lease.progress(attempt, { fraction, text, counts }),
      onOutput: () => upload.look(),
    });
    const findings = this.#findingsOf(attempt);
    const [named, leftTraces] = [() => work.outputs, () => work.hasLogged];
    return { attempt, folder, upload, work, findings, named, leftTraces };
  }

  /** A server hands out only what the worker has said that it can do; should it not, the job says why it failed. */
  #ofNobody(attempt: AttemptInHand, { task }: Offer): Life {
    const report = failed('not_started', `this worker has no handler of the name ${task ?? '(none)'}`);
    const work = { ...noWork, run: () => Promise.resolve(report) };
    const folder = this.#options.folders.of(attempt);
    return {
      attempt,
      folder,
      upload: this.#uploadOf(attempt),
      work,
      findings: this.#findingsOf(attempt),
      named: noFiles,
      leftTraces: () => false,
    };
  }

  #uploadOf(attempt: AttemptInHand, sent: SentMark = { seq: 0, offset: 0 }): OutputUpload {
    const { connection, patience, limits, folders } = this.#options;
    return new OutputUpload({
      folder: folders.of(attempt),
      key: attempt,
      connection,
      patience,
      callMs: limits.callMs,
      sent,
    });
  }

  #findingsOf(attempt: AttemptInHand): Findings {
    const { settings, folders } = this.#options;
    return new Findings({ attempt, folder: folders.of(attempt), log: settings.log });
  }

  #supervised(offer: Offer, attempt: AttemptInHand, findings: Findings): Attendance {
    const { settings, limits, folders, lease } = this.#options;
    const scratch = folders.scratch(offer);
    return attendSupervised(this.#pool, attempt, () => {
      if (workingFolder(offer, scratch) === scratch) mkdirSync(scratch, { recursive: true, mode: 0o700 });
      const order = orderFor(offer, {
        folder: folders.of(attempt),
        scratch,
        environment: settings.environment,
        url: settings.server.url,
        capBytes: limits.outputCapBytes,
        killAfterMs: limits.killAfterMs,
        lease: { file: lease.file, endsAtBootMs: lease.endsAtBootMs, safetyMs: lease.safetyMs },
      });
      findings.look(this.#programs.of(order, offer.asks?.version));
      return order;
    });
  }

  #factsOf(offer: Offer, mounts: readonly Mount[]): Offered {
    return {
      fact: 'offered',
      attempt: offer.attempt,
      epoch: offer.epoch,
      job: offer.job,
      kind: offer.command === null ? 'handler' : 'command',
      onLost: offer.onLost,
      ...(holdsLocks(offer) ? { locks: true as const } : {}),
      directory: workingFolder(offer, this.#options.folders.scratch(offer)),
      outputs: offer.outputs.map(({ path }) => path),
      ...(offer.asks?.numbers === undefined ? {} : { numbers: offer.asks.numbers }),
      ...(mounts.length === 0 ? {} : { mounts }),
      boot: this.#options.boot,
    };
  }
}

const noFiles = () => [];
const always = () => true;

const noWork: Work = {
  run: () => Promise.reject(new Error('there is nothing to run')),
  release: () => undefined,
  end: () => undefined,
};
