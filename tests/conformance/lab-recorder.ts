import type { Principal } from '../../src/core/access/roles.ts';
import type { JobRecord } from '../../src/core/jobs/job.ts';
import {
  type RunEndRequest,
  type RunRequest,
  specifyRun,
  specifyRunEnd,
} from '../../src/core/jobs/record.ts';
import type { RecordedRun } from '../../src/ports/records/runs.ts';
import type { AttemptClaim } from '../../src/ports/records/workers.ts';
import type { Lab } from './lab.ts';

export const adaHerself: Principal = {
  name: 'ada',
  grants: [{ role: 'contributor', project: null }],
  attempt: null,
};

/** Somebody who runs programs and tells of it. */
export class LabRecorder {
  readonly #lab: Pick<Lab, 'storage' | 'clock'>;
  readonly #by: Principal;
  #told = 0;

  constructor(lab: Pick<Lab, 'storage' | 'clock'>, by: Principal = adaHerself) {
    this.#lab = lab;
    this.#by = by;
  }

  key(count: number): string {
    return `00000000-0000-4000-8000-${count.toString(16).padStart(12, '0')}`;
  }

  /** The key of the last run that was told without one. */
  get lastKey(): string {
    return this.key(this.#told);
  }

  /** Tells of a run in /data/toxd that begins now, where nothing else is said. */
  record(run: Partial<RunRequest> = {}): Promise<RecordedRun> {
    const key = run.key ?? this.key(++this.#told);
    const plain = { folder: '/data/toxd', command: ['true'], host: 'node07', account: 'ada' };
    const request = { startedAt: this.#lab.clock.now(), ...plain, ...run, key };
    return this.#lab.storage.recordRun({ by: this.#by, run: specifyRun(request, this.#by.name) });
  }

  renew(run: AttemptClaim, fraction: number | null = null) {
    const progress = fraction === null ? null : { fraction, text: null, counts: null };
    const { attempt, epoch } = run;
    return this.#lab.storage.renewRun({ by: this.#by, attempt, epoch, progress });
  }

  /** Tells the end of a run: a success, now, where nothing else is said. */
  finish(run: AttemptClaim, end: Partial<RunEndRequest> = {}): Promise<JobRecord> {
    const { attempt, epoch } = run;
    const whole = { finishedAt: this.#lab.clock.now(), outcome: 'succeeded', ...end } as const;
    return this.#lab.storage.finishRun({ by: this.#by, attempt, epoch, end: specifyRunEnd(whole) });
  }
}
