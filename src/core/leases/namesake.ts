import { writeWorker } from '../dispatch/worker-id.ts';
import { Fault } from '../faults.ts';

/** Who is registered under a name. */
export interface Registered {
  /** Which of those of one name it is; null if it did not say. */
  readonly instance: string | null;
  readonly host: string | null;
  readonly leaseEndsAt: number;
  readonly lost: boolean;
}

/**
 * Whether a worker that registers takes its name from another. It is refused while that one is at work: two who are taken
 * for one would each seem to have forgotten the jobs of the other. One that does not say which it is is taken for the one
 * that is known.
 */
export function takesNameOver(known: Registered, instance: string | null, now: number): boolean {
  if (known.instance === null || instance === null || known.instance === instance) return false;
  if (known.lost || known.leaseEndsAt <= now) return true;
  const where = known.host === null ? '' : ` on ${known.host}`;
  const seconds = Math.ceil((known.leaseEndsAt - now) / 1_000);
  throw new Fault('worker_name_taken', {
    field: 'name',
    detail: `Another worker of this name is at work${where}; its lease ends in ${seconds} s, unless it is renewed`,
  });
}

/** What a worker is called from then on whose name another has taken: a name that nobody can give. */
export function nameOfBefore(name: string, id: number): string {
  return `${name}@${writeWorker(id)}`;
}
