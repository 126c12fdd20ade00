import { type Grant, mayDo, roleNames } from '../../../core/access/roles.ts';
import type { WorkerAbility } from '../../../core/dispatch/classes.ts';
import { Fault } from '../../../core/faults.ts';
import { needsRenewal } from '../../../core/leases/held.ts';
import { nameOfBefore, type Registered, takesNameOver } from '../../../core/leases/namesake.ts';
import type { RegisteredWorker, WorkerProfile } from '../../../ports/records/workers.ts';
import { passSleepers } from '../locks/jobs.ts';
import { abilityOf } from '../locks/standing.ts';
import { integer, oneOf, textOrNull } from '../rows.ts';
import type { Row, Script } from '../script.ts';
import type { Transaction } from '../transaction.ts';

export function* registerWorker(tx: Transaction, profile: WorkerProfile): Script<RegisteredWorker> {
  const { principal, name, instance = null } = profile;
  const known = yield* tx.selectOne('find-worker-by-name', principal, name);
  const isOther = known !== undefined && takesNameOver(registeredOf(known), instance, tx.now);
  if (isOther) yield* tx.write('rename-worker', [[integer(known.id), nameOfBefore(name, integer(known.id))]]);
  const values = [
    principal,
    name,
    JSON.stringify(profile.labels),
    JSON.stringify(profile.tasks),
    profile.capacity,
    JSON.stringify(profile.accept),
    tx.now,
    tx.now + tx.durations.leaseMs,
    profile.host ?? null,
    profile.account ?? null,
    instance,
    tx.counters.epochsFrom,
  ];
  yield* tx.write('register-worker', [values]);
  const row = yield* tx.selectOne('find-worker-by-name', principal, name);
  yield* passSleepers(tx);
  tx.record('worker.registered', null);
  return { worker: integer(row?.id), leaseMs: tx.durations.leaseMs, epoch: tx.counters.epoch };
}

function registeredOf(row: Row): Registered {
  return {
    instance: textOrNull(row.instance),
    host: textOrNull(row.host),
    leaseEndsAt: integer(row.lease_ends_at),
    lost: row.state === 'lost',
  };
}

export interface KnownWorker extends WorkerAbility {
  readonly id: number;
  readonly leaseEndsAt: number;
  readonly lost: boolean;
}

/** The worker, if it is this principal’s. */
export function* workerOf(tx: Transaction, id: number, principal: string): Script<KnownWorker> {
  const worker = tx.known.worker(id) ?? (yield* readWorker(tx, id));
  if (worker?.principal !== principal)
    throw new Fault('worker_unknown', { field: 'worker', found: id.toString(36) });
  return worker;
}

function* readWorker(tx: Transaction, id: number): Script<KnownWorker | null> {
  const row = yield* tx.selectOne('find-worker', id);
  if (row === undefined) return null;
  const worker = knownWorker(row);
  tx.known.rememberWorker(worker);
  return worker;
}

function knownWorker(row: Row): KnownWorker {
  return {
    ...abilityOf(row),
    id: integer(row.id),
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
  const grants = tx.known.grants(owner) ?? (yield* readGrants(tx, owner));
  return mayDo(grants, 'job.write', tx.known.projectName(projectId));
}

function* readGrants(tx: Transaction, owner: string): Script<readonly Grant[]> {
  const rows = yield* tx.select('list-grants', owner);
  const grants = rows.map((row) => ({
    role: oneOf(row.role, roleNames),
    project: textOrNull(row.project),
  }));
  tx.known.rememberGrants(owner, grants);
  return grants;
}
