/** Those who submit: so many jobs are to be open at any time, as far as the stream of events tells. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Event, LabkeepClient } from '@labkeep/client';
import { isFinal } from '../../src/core/jobs/states.ts';
import { type Acknowledged, insist } from '../crash-loop/submitters.ts';

const usualDepth = 200;
const jobsPerCall = 20;
const submitters = 2;
const lookMs = 5;

export class Load {
  readonly #client: LabkeepClient;
  readonly #task: string;
  readonly #final = new Set<string>();
  #stop = new AbortController();
  #working: readonly Promise<void>[] = [];
  #acknowledged: Acknowledged[] = [];
  #before = 0;
  depth = usualDepth;

  constructor(client: LabkeepClient, task: string) {
    this.#client = client;
    this.#task = task;
  }

  /** Jobs that have come to their end. */
  get ended(): number {
    return this.#final.size;
  }

  get open(): number {
    return this.#before + this.#acknowledged.length - this.#final.size;
  }

  see(event: Event): void {
    for (const { ref, state } of event.jobs) if (isFinal(state)) this.#final.add(ref);
  }

  begin(project: string): void {
    this.#before += this.#acknowledged.length;
    this.#acknowledged = [];
    this.#stop = new AbortController();
    this.#working = Array.from({ length: submitters }, (_, index) => this.#submit(project, `s${index}`));
  }

  /** Depth times so many, until it has been worked off. */
  async burst(times: number, forMs: number): Promise<void> {
    this.depth = usualDepth * times;
    await delay(forMs);
    this.depth = usualDepth;
    while (this.open > usualDepth) await delay(lookMs);
  }

  /** What was acknowledged since the beginning; what is under way is still brought to its acknowledgement. */
  async end(): Promise<readonly Acknowledged[]> {
    this.#stop.abort();
    await Promise.all(this.#working);
    return this.#acknowledged;
  }

  async #submit(project: string, name: string): Promise<void> {
    for (let request = 1; !this.#stop.signal.aborted; request++) {
      if (this.open >= this.depth) {
        await delay(lookMs);
        continue;
      }
      const jobs = Array.from({ length: jobsPerCall }, (_, index) => ({
        title: `${name}-${request}-${index}`,
        task: this.#task,
        parameters: { n: index },
        onLost: 'retry' as const,
      }));
      const key = `${project}-${name}-${request}`;
      this.#acknowledged.push(...(await insist({ client: this.#client, project }, jobs, key)));
    }
  }
}
