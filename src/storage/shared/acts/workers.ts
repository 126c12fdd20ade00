import { mayDo, roleNames } from '../../../core/access/roles.ts';
import type { WorkerAbility } from '../../../core/dispatch/classes.ts';
import { Fault } from '../../../core/faults.ts';
import { needsRenewal } from '../../../core/leases/held.ts';
import type { RegisteredWorker, WorkerProfile } from '../../../ports/storage.ts';
import { passSleepers } from '../locks/jobs.ts';
import { integer, json, oneOf, text, textOrNull } from '../rows.ts';
import type { Row, Script } from '../script.ts';
import type { Transaction } from '../transaction.ts';

export function* registerWorker(tx: Transaction, profile: WorkerProfile): Script<RegisteredWorker> {
  const values = [
    profile.principal,
    profile.name,
    JSON.stringify(profile.labels),
    JSON.stringify(profile.tasks),
    profile.capacity,
    JSON.stringify(profile.accept),
    tx.now,
    tx.now + tx.durations.leaseMs,
    profile.host ?? null,
    profile.account ?? null,
  ];
  yield* tx.write('register-worker', [values]);
  const row = yield* tx.selectOne('find-worker-by-name', profile.principal, profile.name);
  yield* passSleepers(tx);
  tx.record('worker.registered', null);
  return { worker: integer(row?.id), leaseMs: tx.durations.leaseMs, epoch: tx.counters.epoch };
}

export interface KnownWorker extends WorkerAbility {
  readonly id: number;
  readonly leaseEndsAt: number;
  readonly lost: boolean;
}

/** The worker, if it is this principal’s. */
export function* workerOf(tx: Transaction, id: number, principal: string): Script<KnownWorker> {
  const row = yield* tx.selectOne('find-worker', id);
  if (row === undefined || row.principal !== principal)
    throw new Fault('worker_unknown', { field: 'worker', found: id.toString(36) });
  return knownWorker(row);
}

function knownWorker(row: Row): KnownWorker {
  return {
    id: integer(row.id),
    principal: text(row.principal),
    tasks: json<string[]>(row.tasks),
    accept: json<string[]>(row.accept),
    leaseEndsAt: integer(row.lease_ends_at),
    lost: row.state === 'lost',
  };
}

/** Extends the worker’s lease, `always` or only where that is needed. */
export function* renewLease(tx: Transaction, worker: KnownWorker, always: boolean): Script<void> {
  if (!always && !needsRenewal(worker, tx.now, tx.durations.leaseMs)) return;
  yield* tx.write('renew-lease', [[worker.id, tx.now + tx.durations.leaseMs]]);
}

/**
 * Whether this principal may still run jobs in the project: one of its tokens that is not revoked gives it the right.
 * A token that has merely expired was not taken back.
 */
export function* mayStillRun(tx: Transaction, owner: string, projectId: number): Script<boolean> {
  const rows = yield* tx.select('list-grants', owner);
  const grants = rows.map((row) => ({
    role: oneOf(row.role, roleNames),
    project: textOrNull(row.project),
  }));
  return mayDo(grants, 'job.write', tx.known.projectName(projectId));
}
