/** From an offer to what a supervisor is ordered to run. */
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Offer } from './connection.ts';
import { databaseVariables, holdsLocks } from './database-variables.ts';
import { keyOf } from './journal/facts.ts';
import { markVariable } from './supervisor/end-group.ts';
import type { LeaseWatch, Order } from './supervisor/order.ts';

/** Where `labkeep` itself lies: after all that the machine has under this name. */
const programs = join(dirname(fileURLToPath(import.meta.resolve('labkeep/package.json'))), 'bin');
/** Where a program is sought that has no PATH. */
const usualPath = '/usr/local/bin:/usr/bin:/bin';

export interface OrderSettings {
  readonly folder: string;
  readonly scratch: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly url: string;
  readonly capBytes: number;
  readonly killAfterMs: number;
  readonly lease: LeaseWatch;
}

/** The job’s own folder, else the project’s, else a scratch folder of the attempt. */
export function workingFolder(offer: Offer, scratch: string): string {
  const base = offer.projectDirectory ?? scratch;
  return offer.directory === null ? base : resolve(base, offer.directory);
}

export function orderFor(offer: Offer, settings: OrderSettings): Order {
  const { folder, scratch, capBytes, killAfterMs, lease } = settings;
  return {
    folder,
    command: offer.command ?? [],
    directory: workingFolder(offer, scratch),
    environment: environmentFor(offer, settings),
    stdin: offer.stdin,
    mark: folder,
    capBytes,
    killAfterMs,
    attemptMs: offer.limits.attemptMs ?? null,
    lease: offer.onLost === 'retry' || holdsLocks(offer) ? lease : null,
  };
}

/**
 * The worker’s own variables, without its secrets, then the job’s, then those by which the program knows who it is:
 * a job cannot pass for another.
 */
function environmentFor(offer: Offer, { environment, folder, url }: OrderSettings): Record<string, string> {
  const own: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment))
    if (value !== undefined && !name.startsWith('LABKEEP_')) own[name] = value;
  return {
    ...own,
    PATH: `${own.PATH ?? usualPath}:${programs}`,
    ...offer.environment,
    ...databaseVariables(offer),
    LABKEEP_JOB: offer.job,
    LABKEEP_TOKEN: offer.token,
    LABKEEP_URL: url,
    LABKEEP_ATTEMPT: keyOf(offer),
    [markVariable]: folder,
  };
}
