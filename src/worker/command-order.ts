/** From an offer to what a supervisor is ordered to run. */
import { resolve } from 'node:path';
import type { Offer } from './connection.ts';
import { keyOf } from './journal/facts.ts';
import { markVariable } from './supervisor/end-group.ts';
import type { LeaseWatch, Order } from './supervisor/order.ts';

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
    lease: offer.onLost === 'retry' ? lease : null,
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
    ...offer.environment,
    LABKEEP_JOB: offer.job,
    LABKEEP_TOKEN: offer.token,
    LABKEEP_URL: url,
    LABKEEP_ATTEMPT: keyOf(offer),
    [markVariable]: folder,
  };
}
