/** Where and by whom everything happens. */
import type { Caller } from '../../src/app/caller.ts';
import type { LockWish } from '../../src/core/locks/wishes.ts';

export const project = 'toxd';
export const databases = ['embl', 'nr'] as const;
export const ada: Caller = {
  principal: { name: 'ada', grants: [{ role: 'admin', project: null }], attempt: null },
};

/** What a job of the simulation does, as its parameters or its command say: for so long, with such an end. */
export interface Script {
  readonly forMs: number;
  readonly exitCode: number;
}

export function commandOf({ forMs, exitCode }: Script): readonly string[] {
  return ['act', String(forMs), String(exitCode)];
}

export function scriptOf(job: {
  readonly command: readonly string[] | null;
  readonly parameters: unknown;
}): Script {
  const [forMs, exitCode] = job.command?.slice(1) ?? (job.parameters as readonly number[]);
  return { forMs: Number(forMs), exitCode: Number(exitCode) };
}

export function wishesOf(
  databases: readonly { readonly path: string; readonly mode: LockWish['mode'] }[] | undefined,
): readonly LockWish[] {
  return (databases ?? []).map(({ path, mode }) => ({ path, mode }));
}
