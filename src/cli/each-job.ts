import type { Cli } from './cli.ts';
import { report } from './refusal.ts';

/** Does the same to each job; one that refuses does not keep the others from being asked. */
export async function forEachJob(
  cli: Cli,
  refs: readonly string[],
  json: boolean,
  act: (ref: string) => Promise<void>,
): Promise<void> {
  for (const ref of refs)
    try {
      await act(ref);
    } catch (error) {
      cli.exit(report(error, cli.terminal, json));
    }
}
