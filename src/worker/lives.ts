/** What an attempt consists of in this worker: its place on disk, its output on the way to the server, its work. */
import { mkdirSync } from 'node:fs';
import type { AttemptFolders } from './attempt-folders.ts';
import type { Life } from './attempt-life.ts';
import type { Patience } from './calls.ts';
import { orderFor, workingFolder } from './command-order.ts';
import { type Attendance, attendAdopted, attendSupervised, CommandWork } from './command-work.ts';
import type { Offer, WorkerConnection } from './connection.ts';
import { holdsLocks } from './database-variables.ts';
import { AttemptInHand, type Work } from './hand.ts';
import { type Handler, HandlerWork } from './handler-work.ts';
import type { Offered } from './journal/facts.ts';
import type { Lease } from './lease/lease.ts';
import { type Mount, mountsOf, offerHere } from './mounts.ts';
import { failed } from './outcome.ts';
import { OutputUpload } from './output-upload.ts';
import type { WorkerLimits, WorkerSettings } from './settings.ts';
import { readSent, type SentMark } from './supervisor/attempt-folder.ts';
import type { SupervisorPool } from './supervisor/pool.ts';
import type { ProcessIdentity } from './supervisor/processes.ts';

export interface LivesOptions {
  readonly settings: WorkerSettings;
  readonly limits: WorkerLimits;
  readonly handlers: ReadonlyMap<string, Handler>;
  readonly folders: AttemptFolders;
  readonly pool: SupervisorPool;
  readonly lease: Lease;
  readonly connection: WorkerConnection;
  readonly patience: Patience;
  readonly boot: string;
}

export class Lives {
  readonly #options: LivesOptions;

  constructor(options: LivesOptions) {
    this.#options = options;
  }

  ofOffer(offered: Offer): Life {
    const mounts = mountsOf(offered, this.#options.settings.aliases ?? new Map());
    const offer = offerHere(offered, mounts);
    const attempt = new AttemptInHand(this.#factsOf(offer, mounts));
    if (offer.command !== null)
      return this.#ofCommand(attempt, this.#uploadOf(attempt), this.#supervised(offer, attempt));
    const handler = offer.task === null ? undefined : this.#options.handlers.get(offer.task);
    return handler === undefined ? this.#ofNobody(attempt, offer) : this.#ofHandler(attempt, offer, handler);
  }

  /** Of an attempt that a former process of this worker had started; what it says of its work is not used again. */
  ofFacts(facts: Offered, supervisor: ProcessIdentity | null): Life {
    const attempt = new AttemptInHand(facts);
    const { settings, patience, folders } = this.#options;
    const folder = folders.of(facts);
    const upload = this.#uploadOf(attempt, readSent(folder));
    if (supervisor === null)
      return { attempt, folder, upload, work: noWork, named: noFiles, leftTraces: always };
    return this.#ofCommand(
      attempt,
      upload,
      attendAdopted(folder, supervisor, settings.host, patience.signal),
    );
  }

  #ofCommand(attempt: AttemptInHand, upload: OutputUpload, attendance: Attendance): Life {
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
    return { attempt, folder, upload, work, named: noFiles, leftTraces: always };
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
      onProgress: (fraction, text) => lease.progress(attempt, fraction, text),
      onOutput: () => upload.look(),
    });
    return { attempt, folder, upload, work, named: () => work.outputs, leftTraces: () => work.hasLogged };
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

  #supervised(offer: Offer, attempt: AttemptInHand): Attendance {
    const { settings, limits, folders, lease, pool } = this.#options;
    const scratch = folders.scratch(offer);
    return attendSupervised(pool, attempt, () => {
      if (workingFolder(offer, scratch) === scratch) mkdirSync(scratch, { recursive: true, mode: 0o700 });
      return orderFor(offer, {
        folder: folders.of(attempt),
        scratch,
        environment: settings.environment,
        url: settings.server.url,
        capBytes: limits.outputCapBytes,
        killAfterMs: limits.killAfterMs,
        lease: { file: lease.file, endsAtBootMs: lease.endsAtBootMs, safetyMs: lease.safetyMs },
      });
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
