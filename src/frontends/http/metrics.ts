/** What the server measures of itself, for Prometheus. One registry per server, none of the library’s own. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { WaitCounts } from '../../app/waiting-room.ts';
import { type JobState, jobStates } from '../../core/jobs/states.ts';
import type { StorageStatus } from '../../ports/storage.ts';

/** The library counts the pause between two samples as delay, too; it is taken off. */
const samplingMs = 20;

const timeBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5];

export class Counts {
  readonly #registry = new Registry();
  readonly #delay = monitorEventLoopDelay({ resolution: samplingMs });
  readonly #requests = this.#add(
    new Counter({
      name: 'labkeep_http_requests_total',
      help: 'Requests answered',
      labelNames: ['route', 'status'],
      registers: [],
    }),
  );
  readonly #seconds = this.#add(
    new Histogram({
      name: 'labkeep_http_request_seconds',
      help: 'Time to answer, without claims and streams',
      buckets: timeBuckets,
      registers: [],
    }),
  );
  readonly #refusedClients = this.#add(
    new Counter({
      name: 'labkeep_http_connections_refused_total',
      help: 'Connections that were one too many',
      registers: [],
    }),
  );
  readonly #calls = this.#add(
    new Counter({
      name: 'labkeep_xmlrpc_calls_total',
      help: 'Calls over XML-RPC, those within a multicall too',
      labelNames: ['method', 'outcome'],
      registers: [],
    }),
  );
  readonly #callSeconds = this.#add(
    new Histogram({
      name: 'labkeep_xmlrpc_call_seconds',
      help: 'Time to read and answer a call over XML-RPC',
      buckets: timeBuckets,
      registers: [],
    }),
  );
  readonly #connections = this.#add(
    new Gauge({ name: 'labkeep_xmlrpc_connections', help: 'Open connections of XML-RPC', registers: [] }),
  );
  readonly #connectionsMade = this.#add(
    new Counter({
      name: 'labkeep_xmlrpc_connections_total',
      help: 'Connections of XML-RPC that were accepted, and those that were one too many',
      labelNames: ['outcome'],
      registers: [],
    }),
  );
  readonly #claims = this.#add(
    new Counter({ name: 'labkeep_claims_total', help: 'Claims answered', registers: [] }),
  );
  readonly #offers = this.#add(
    new Counter({ name: 'labkeep_offers_total', help: 'Jobs offered to workers', registers: [] }),
  );
  readonly #jobs = this.#add(
    new Gauge({ name: 'labkeep_jobs', help: 'Jobs by state', labelNames: ['state'], registers: [] }),
  );
  readonly #oldest = this.#add(
    new Gauge({
      name: 'labkeep_oldest_ready_seconds',
      help: 'Age of the oldest ready job; 0 if none is ready',
      registers: [],
    }),
  );
  readonly #workers = this.#add(
    new Gauge({ name: 'labkeep_workers', help: 'Connected workers', registers: [] }),
  );
  readonly #locks = this.#add(
    new Gauge({
      name: 'labkeep_locks',
      help: 'Requests for locks by state, of sessions, jobs and closures',
      labelNames: ['state'],
      registers: [],
    }),
  );
  readonly #waiting = this.#add(
    new Gauge({ name: 'labkeep_waiting', help: 'Requests that wait', labelNames: ['kind'], registers: [] }),
  );
  readonly #turnedAway = this.#add(
    new Counter({
      name: 'labkeep_turned_away_total',
      help: 'Requests that found no place to wait, and were told to come back',
      labelNames: ['kind'],
      registers: [],
    }),
  );
  readonly #lag = this.#add(
    new Gauge({
      name: 'labkeep_event_loop_delay_seconds',
      help: 'Delay of the event loop since the last time it was asked',
      labelNames: ['quantile'],
      registers: [],
    }),
  );
  readonly #memory = this.#add(
    new Gauge({ name: 'labkeep_resident_memory_bytes', help: 'Resident memory', registers: [] }),
  );

  constructor(version: string) {
    const build = this.#add(
      new Gauge({ name: 'labkeep_build', help: 'Always 1', labelNames: ['version'], registers: [] }),
    );
    build.set({ version }, 1);
    this.#delay.enable();
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  answered(route: string, status: number): void {
    this.#requests.inc({ route, status });
  }

  took(seconds: number): void {
    this.#seconds.observe(seconds);
  }

  claimed(offers: number): void {
    this.#claims.inc();
    if (offers > 0) this.#offers.inc(offers);
  }

  /** A connection was one too many. */
  refusedClient(): void {
    this.#refusedClients.inc();
  }

  /** Over XML-RPC; what comes back is called when the connection is gone. */
  connected(): () => void {
    this.#connections.inc();
    this.#connectionsMade.inc({ outcome: 'accepted' });
    return () => this.#connections.dec();
  }

  /** A connection of XML-RPC was one too many. */
  refusedConnection(): void {
    this.#connectionsMade.inc({ outcome: 'refused' });
  }

  /** A call over XML-RPC begins to come; what comes back is called when it was answered. */
  callCame(): () => void {
    return this.#callSeconds.startTimer();
  }

  /** `answered`, or the code of a fault. */
  called(method: string, outcome: string): void {
    this.#calls.inc({ method, outcome });
  }

  async text(status: StorageStatus, waits: WaitCounts): Promise<string> {
    for (const state of jobStates) this.#jobs.set({ state }, this.#many(status, state));
    this.#oldest.set((status.oldestReadyMs ?? 0) / 1_000);
    this.#workers.set(status.workers);
    this.#turnedAway.reset();
    for (const [kind, kinds] of [
      ['claim', 'claims'],
      ['lock', 'locks'],
      ['stream', 'streams'],
    ] as const) {
      this.#waiting.set({ kind }, waits[kinds]);
      this.#turnedAway.inc({ kind }, waits.turnedAway[kinds]);
    }
    for (const state of ['granted', 'waiting'] as const) this.#locks.set({ state }, status.locks[state]);
    for (const quantile of [50, 99] as const)
      this.#lag.set(
        { quantile: quantile / 100 },
        Math.max(0, this.#delay.percentile(quantile) / 1e9 - samplingMs / 1e3),
      );
    this.#delay.reset();
    this.#memory.set(process.memoryUsage.rss());
    return this.#registry.metrics();
  }

  stop(): void {
    this.#delay.disable();
  }

  #many(status: StorageStatus, state: JobState): number {
    return status.jobs[state] ?? 0;
  }

  #add<T extends Counter | Gauge | Histogram>(metric: T): T {
    this.#registry.registerMetric(metric);
    return metric;
  }
}
