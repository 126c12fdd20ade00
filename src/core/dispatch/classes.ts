import { type LockWish, writeLockWish } from '../locks/wishes.ts';

/**
 * A class is what all jobs have in common that are alike to dispatch: the rules judge classes, never single jobs,
 * so a claim looks at few rows however many jobs wait.
 */
export interface JobClass {
  readonly queue: string;
  readonly task: string | null;
  readonly projectId: number;
  readonly owner: string;
  /** A command is run by any worker that runs commands; a handler only by one that has it. */
  readonly runs: 'command' | 'handler';
  /** Children of one parent, of which at most so many are with workers at one time. */
  readonly limit?: ClassLimit;
  /** Databases that a job of it locks while it is with a worker; absent for none. */
  readonly locks?: readonly LockWish[];
}

/** What of a class tells who may serve it. */
export type WorkKind = Pick<JobClass, 'owner' | 'task' | 'runs'>;

/** Work that may be handed out, by kinds; `any` where these are too many, or not known. */
export type ReadyWork = readonly WorkKind[] | 'any';

export interface ClassLimit {
  /** The parent’s id. */
  readonly parent: number;
  readonly max: number;
}

/** What a worker said of itself at registration. */
export interface WorkerAbility {
  readonly principal: string;
  /** Tasks it has; `command` stands for any command; empty or `*` for everything. */
  readonly tasks: readonly string[];
  /** Principals, besides its own, whose jobs it runs. */
  readonly accept: readonly string[];
}

/** Of all that is known of a worker, what it can do. */
export function abilityAlone({ principal, tasks, accept }: WorkerAbility): WorkerAbility {
  return { principal, tasks, accept };
}

/** The text by which equal classes are recognised. */
export function classKey(it: JobClass): string {
  const limit = it.limit === undefined ? [] : [it.limit.parent, it.limit.max];
  const locks = (it.locks ?? []).map(writeLockWish);
  return JSON.stringify([it.queue, it.task, it.projectId, it.owner, it.runs, ...limit, ...locks]);
}

/** What the locks that a job asks for make of its class. */
export function lockedBy(locks: readonly LockWish[] | undefined): Pick<JobClass, 'locks'> {
  return locks === undefined || locks.length === 0 ? {} : { locks };
}

/** What a parent without work of its own says of its children’s class; null for a job without such a parent. */
export function limitBelow(
  parent: { readonly id: number; readonly atOnce: number | null } | null,
): Pick<JobClass, 'limit'> {
  return parent === null || parent.atOnce === null
    ? {}
    : { limit: { parent: parent.id, max: parent.atOnce } };
}

/** How many more jobs of the class may go to workers, so many of which are with workers now. */
export function roomOf(it: JobClass, atWork: number): number {
  return it.limit === undefined ? Number.POSITIVE_INFINITY : Math.max(0, it.limit.max - atWork);
}

/** So many kinds are told apart. */
const workKindsMax = 32;

/** The text by which equal kinds are recognised. */
export function kindKey({ owner, task, runs }: WorkKind): string {
  return JSON.stringify([owner, task, runs]);
}

/** The kinds of these classes, each once; null for none. */
export function kindsOf(classes: Iterable<WorkKind>): ReadyWork | null {
  const kinds = new Map<string, WorkKind>();
  for (const { owner, task, runs } of classes) {
    const kind = { owner, task, runs };
    kinds.set(kindKey(kind), kind);
    if (kinds.size > workKindsMax) return 'any';
  }
  return kinds.size === 0 ? null : [...kinds.values()];
}

export function joinedWork(one: ReadyWork | null, other: ReadyWork | null): ReadyWork | null {
  if (one === 'any' || other === 'any') return 'any';
  return kindsOf([...(one ?? []), ...(other ?? [])]);
}

/** Whether this worker may serve jobs of this kind at all. */
export function mayServe(worker: WorkerAbility, it: WorkKind): boolean {
  return ownsOrAccepts(worker, it.owner) && canDo(worker.tasks, it);
}

function ownsOrAccepts(worker: WorkerAbility, owner: string): boolean {
  return owner === worker.principal || worker.accept.includes(owner);
}

function canDo(tasks: readonly string[], it: WorkKind): boolean {
  if (it.task === null ? hasEverything(tasks) : hasTask(tasks, it.task)) return true;
  return it.runs === 'command' && tasks.includes('command');
}

/** Whether this task is among those that a worker has. */
export function hasTask(tasks: readonly string[], task: string): boolean {
  return hasEverything(tasks) || tasks.includes(task);
}

function hasEverything(tasks: readonly string[]): boolean {
  return tasks.length === 0 || tasks.includes('*');
}
