/** A worker between start and stop: what it is made of, and who tells whom. */

import type { NewTask } from '@labkeep/client';
import { conclude, deliver, type Life, type LifeTools, live, takeOffer, work } from './attempt-life.ts';
import { type Patience, StoppedError } from './calls.ts';
import { ClaimLoop } from './claim-loop.ts';
import { Confirmations } from './confirmations.ts';
import type { Offer, WorkerConnection } from './connection.ts';
import { Hand } from './hand.ts';
import type { Handler } from './handler-work.ts';
import { rest } from './host.ts';
import { type AttemptKey, type Entry, endsWithLease } from './journal/facts.ts';
import type { FolderHold } from './journal/folder-hold.ts';
import { Journal } from './journal/journal.ts';
import { Lease } from './lease/lease.ts';
import { leaseFile } from './lease/lease-file.ts';
import { type Folders, type Machine, systemMachine } from './machine.ts';
import type { EndCause } from './outcome.ts';
import { type Recovered, recover } from './recovery.ts';
import { Registration } from './registration.ts';
import { Reports } from './reports.ts';
import { clientConnection, defaultLimits, type WorkerLimits, type WorkerSettings } from './settings.ts';

/** How long `stop` waits for reports to be acknowledged once everything has ended. */
const lastReportsMs = 700;

/** What it can do besides commands. */
export interface Abilities {
  readonly handlers: ReadonlyMap<string, Handler>;
  /** The tasks among them of which it says what they are. */
  readonly declares: readonly NewTask[];
}

/** What it stands on. */
interface Ground {
  readonly machine: Machine;
  readonly connection: WorkerConnection;
  readonly hold: FolderHold;
}

/** Holds the folder, takes up what a former process has left, and begins to ask for work. */
export async function startRunning(settings: WorkerSettings, abilities: Abilities): Promise<Running> {
  const { machine = systemMachine, server, folder } = settings;
  const connection = await machine.connect(settings.connectionModule ?? clientConnection, server);
  const hold = machine.holdFolder(folder);
  let running: Running | null = null;
  try {
    running = new Running(settings, abilities, { machine, connection, hold });
    running.begin();
    return running;
  } catch (error) {
    await running?.stop(0);
    hold.release();
    throw error;
  }
}

export class Running {
  readonly #settings: WorkerSettings;
  readonly #limits: WorkerLimits;
  readonly #machine: Machine;
  readonly #hold: FolderHold;
  readonly #folders: Folders;
  readonly #journal: Journal;
  readonly #lease: Lease;
  readonly #hand: Hand;
  readonly #lives: ReturnType<Machine['openLives']>;
  readonly #tools: LifeTools;
  readonly #claims: ClaimLoop;
  readonly #stopClaiming = new AbortController();
  readonly #giveUp = new AbortController();
  readonly #underWay = new Set<Promise<void>>();
  readonly #boot: string;
  #claiming: Promise<void> = Promise.resolve();

  constructor(
    settings: WorkerSettings,
    { handlers, declares }: Abilities,
    { machine, connection, hold }: Ground,
  ) {
    const { folder, host, log, server } = settings;
    const limits = { ...defaultLimits, ...settings.limits };
    const { callMs } = limits;
    const patience: Patience = { host, log, signal: this.#giveUp.signal };
    this.#settings = settings;
    this.#limits = limits;
    this.#machine = machine;
    this.#hold = hold;
    this.#boot = machine.bootId();
    this.#folders = machine.openFolders(folder);
    this.#journal = new Journal({ folder, log, file: machine.openJournalFile(folder) });
    machine.forgetLeaseEnd(leaseFile(folder));
    const lease = new Lease({
      server,
      connectionModule: settings.connectionModule ?? clientConnection,
      folder,
      safetyMs: limits.leaseSafetyMs,
      host,
      log,
      startRenewing: machine.startRenewing,
      onCancel: (attempts) => this.#ask(attempts, 'cancelled'),
      onLost: (attempts) => this.#ask(attempts, 'not_ours'),
      onNearEnd: () => this.#leaseNearEnd(),
      onUnknown: (worker) => void registration.forgotten(worker).catch(ignoreStop),
    });
    this.#lease = lease;
    const profile = profileOf(settings, { handlers, declares });
    const registration = new Registration({ connection, profile, lease, patience, callMs });
    this.#hand = new Hand(settings.capacity, () => this.#claims.look());
    this.#tools = {
      journal: this.#journal,
      hand: this.#hand,
      lease,
      confirmations: new Confirmations({ connection, registration, patience, callMs }),
      reports: new Reports({ connection, patience, callMs }),
      folders: this.#folders,
      hashBytesMax: limits.hashBytesMax,
      log,
    };
    this.#lives = machine.openLives({
      settings,
      limits,
      handlers,
      folders: this.#folders,
      lease,
      connection,
      patience,
      boot: this.#boot,
    });
    this.#claims = new ClaimLoop({
      connection,
      registration,
      hand: this.#hand,
      patience,
      waitMs: limits.claimWaitMs,
      callMs,
      aliases: [...(settings.aliases?.keys() ?? [])],
      onOffer: (offer) => this.#take(offer),
      onCancel: (attempts) => this.#ask(attempts, 'cancelled'),
      onAbandon: (attempts) => this.#ask(attempts, 'not_ours'),
    });
  }

  begin(): void {
    for (const entry of [...this.#journal.entries.values()]) this.#takeUp(entry);
    this.#endStrays();
    this.#claiming = this.#claims.run(this.#stopClaiming.signal);
  }

  /**
   * Ends what runs, reports what can be reported, and leaves nothing behind but the journal. What the server did not
   * acknowledge in time is reported after the next start.
   */
  async stop(graceMs: number): Promise<void> {
    const { timers } = this.#settings.host;
    this.#stopClaiming.abort();
    for (const attempt of this.#hand.atWork()) attempt.ask('worker_stopped', graceMs, true);
    const patience = new AbortController();
    await Promise.race([this.#settled(), rest(timers, graceMs + lastReportsMs, patience.signal)]);
    patience.abort();
    this.#giveUp.abort();
    await Promise.all([this.#claiming, this.#settled(), this.#lease.stop(), this.#lives.close()]);
    await this.#journal.close();
    this.#hold.release();
  }

  async #settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
  }

  #take(offer: Offer): boolean {
    const { log } = this.#settings;
    if (this.#hand.find(offer) !== undefined) return true;
    if (this.#stopClaiming.signal.aborted) return false;
    const life = this.#lives.ofOffer(offer);
    try {
      takeOffer(life.attempt, life.folder, this.#tools);
    } catch (error) {
      life.work.release();
      log.error({ error, job: offer.job }, 'the journal of this worker cannot be written; it takes no job');
      return false;
    }
    this.#track(life, live(life, this.#tools));
    return true;
  }

  #takeUp(entry: Entry): void {
    const folder = this.#folders.of(entry.offered);
    const found = recover(entry, this.#boot, () => this.#machine.examine(folder));
    const life = this.#lives.ofFacts(entry.offered, found.kind === 'adopt' ? found.supervisor : null);
    this.#hand.add(life.attempt);
    this.#track(life, this.#goOn(life, found));
  }

  async #goOn(life: Life, found: Recovered): Promise<void> {
    const { attempt, folder } = life;
    switch (found.kind) {
      case 'report':
        attempt.markFinished();
        return deliver(life, found.report, this.#tools);
      case 'over':
        attempt.markFinished();
        return conclude(life, found.report, this.#tools);
      case 'adopt':
        return work(life, this.#tools);
      case 'orphaned':
        attempt.state = 'running';
        await this.#endOrphan(folder);
        return conclude(life, found.report, this.#tools);
    }
  }

  /** Folders without an entry: their attempts were acknowledged, or the journal was damaged. Nobody waits for them. */
  #endStrays(): void {
    for (const folder of this.#folders.strays(new Set(this.#journal.entries.keys()))) {
      const found = this.#machine.examine(folder);
      const over =
        found.kind === 'running' || found.kind === 'orphaned' ? this.#endOrphan(folder) : Promise.resolve();
      this.#watch(
        over.then(() => this.#folders.remove(folder)),
        { folder },
      );
    }
  }

  #endOrphan(folder: string): Promise<void> {
    return this.#machine.endOrphan(folder, this.#limits.killAfterMs, this.#settings.host);
  }

  #ask(attempts: readonly AttemptKey[], cause: EndCause): void {
    for (const key of attempts) this.#hand.find(key)?.ask(cause, this.#limits.killAfterMs);
  }

  /** What would be done again elsewhere, or holds locks, ends now; of commands their supervisors see to it themselves. */
  #leaseNearEnd(): void {
    for (const attempt of this.#hand.atWork())
      if (attempt.state === 'running' && endsWithLease(attempt.facts))
        attempt.ask('lease_lost', Math.min(this.#limits.killAfterMs, this.#lease.safetyMs / 2));
  }

  #track(life: Life, under: Promise<void>): void {
    this.#watch(under, { attempt: life.attempt.attempt, job: life.attempt.facts.job });
  }

  #watch(under: Promise<void>, facts: object): void {
    const settled = under.catch((error: unknown) => {
      if (!(error instanceof StoppedError))
        this.#settings.log.error({ ...facts, error }, 'an attempt was left unfinished');
    });
    this.#underWay.add(settled);
    void settled.then(() => this.#underWay.delete(settled));
  }
}

function profileOf(settings: WorkerSettings, { handlers, declares }: Abilities) {
  const { name, labels, capacity, accept, tasks = ['command'] } = settings;
  const machine = settings.machine ?? systemMachine;
  const { host, account } = machine.names();
  return {
    name,
    capacity,
    host,
    account,
    instance: machine.instanceOf(settings.folder),
    tasks: [...new Set([...tasks, ...handlers.keys()])],
    ...(labels === undefined ? {} : { labels }),
    ...(accept === undefined ? {} : { accept }),
    ...(declares.length === 0 ? {} : { declares: [...declares] }),
  };
}

function ignoreStop(error: unknown): void {
  if (!(error instanceof StoppedError)) throw error;
}
