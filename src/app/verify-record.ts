import { checkInteger } from '../core/jobs/specify.ts';
import type { VerifyPart } from '../core/verify/facts.ts';
import { type Flaw, judgeFacts } from '../core/verify/judge.ts';
import { allow, refuseAttempts } from './access.ts';
import type { Caller } from './caller.ts';
import type { World } from './world.ts';

export interface VerifyRecord {
  readonly part: VerifyPart;
  readonly limit: number;
  readonly after?: string | undefined;
}

export interface Verified {
  readonly flaws: readonly Flaw[];
  /** How many jobs, projects, locks or events were looked at. */
  readonly looked: number;
  /** Where the next slice begins; null after the last. */
  readonly next: string | null;
}

const verifiedAtOnceMax = 1_000;

/** Compares one slice of the record with itself, and says what does not agree; mends nothing. */
export function verifyRecord({ storage }: World) {
  return async (caller: Caller, { part, limit, after }: VerifyRecord): Promise<Verified> => {
    refuseAttempts(caller.principal, 'verify the record');
    allow(caller.principal, 'server.manage', null);
    checkInteger(limit, 'limit', 1, verifiedAtOnceMax);
    const { facts, next } = await storage.lookAt({ part, limit, ...(after === undefined ? {} : { after }) });
    const looked = part === 'counts' ? (next === null ? 0 : 1) : facts[part].length;
    return { flaws: judgeFacts(facts), looked, next };
  };
}
