import { Fault } from '../core/faults.ts';
import { checkInteger } from '../core/jobs/specify.ts';
import { checkProtocol } from '../core/leases/protocol.ts';
import type { NamedDirectory } from '../ports/records/directories.ts';
import type { ClaimAnswer, HeldAttempt, OfferedJob } from '../ports/records/workers.ts';
import { allow, refuseAttempts } from './access.ts';
import type { Caller } from './caller.ts';
import { directoryPaths } from './directory-paths.ts';
import type { Pace } from './pace.ts';
import { workerBounds } from './register-worker.ts';
import { signingKeyOf } from './signing-key.ts';
import { attemptTokenClaim, writeAttemptToken } from './tokens.ts';
import type { WaitingClaims } from './waiting.ts';
import type { World } from './world.ts';

export interface ClaimJobs {
  /** What the worker speaks. */
  readonly protocol?: number | undefined;
  readonly worker: number;
  readonly capacity: number;
  /** `started`: what it has started by the record, and no offer. */
  readonly held: readonly HeldAttempt[] | 'started';
  readonly waitMs: number;
  /** Directories that the worker has elsewhere: offers tell where the server has those of these names. */
  readonly aliases?: readonly string[] | undefined;
  /** The highest epoch that the worker has been told. */
  readonly seen?: number | undefined;
  /** In process only: hand out started. */
  readonly startAtOnce?: boolean;
}

export interface Offer extends OfferedJob {
  /** The attempt’s own token. */
  readonly token: string;
  /** Of the aliases that the claim named, those that the job’s project knows. */
  readonly directories?: readonly NamedDirectory[];
}

export interface Claimed extends Omit<ClaimAnswer, 'offers' | 'serves'> {
  readonly offers: readonly Offer[];
  /** When to ask again. */
  readonly pollAfterMs: number;
}

export const waitMsMax = 60_000;
/** Between claims that only bring cancellations: they are repeated until the attempts have ended. */
const pollAfterNewsMs = 200;
/** After a claim that only brings what to abandon: it will not be named again, unless somebody does not listen. */
const pollAfterAbandonMs = 10;
/** Between claims that did not want to wait, and after the server began to stop. */
const pollAfterNothingMs = 1_000;

export function claimJobs({ storage, secrets }: World, waiting: WaitingClaims, pace: Pace) {
  const signingKey = signingKeyOf(storage);

  return async (caller: Caller, request: ClaimJobs, gone?: AbortSignal): Promise<Claimed> => {
    refuseAttempts(caller.principal, 'ask for work');
    allow(caller.principal, 'work', null);
    checkProtocol(request.protocol);
    // Those who wait are answered; whoever asks from now on finds work at another server.
    if (waiting.stopped)
      throw new Fault('stopping', { detail: 'The server is draining: it hands out no jobs' });
    const principal = caller.principal.name;
    const { worker, held, seen = null, startAtOnce = false } = request;
    const capacity = checkInteger(request.capacity, 'capacity', 0, workerBounds.capacity);
    const waitMs = checkInteger(request.waitMs, 'waitMs', 0, waitMsMax);
    const ask = (compare: ClaimJobs['held'] | null): Promise<ClaimAnswer> =>
      storage.claimJobs({ worker, principal, capacity, held: compare, seen, startAtOnce });
    const first = (): Promise<ClaimAnswer> => ask(held);
    const holds = held === 'started' || held.length > 0;
    const again = (): Promise<ClaimAnswer> => ask(null);
    const { serves: _, ...answer } =
      waitMs === 0
        ? await first()
        : await waiting.wait({ worker, capacity, holds, waitMs, first, again, gone });
    if (gone?.aborted === true && answer.offers.length > 0) {
      await putBack(worker, principal, answer.offers);
      return { ...answer, offers: [], pollAfterMs: pace.pauseMs(pollAfterNothingMs) };
    }
    const offers = await withDirectories(await withTokens(answer.offers), request.aliases ?? []);
    return { ...answer, offers, pollAfterMs: pollAfterMs(answer, waitMs) };
  };

  /** Nobody is there to take them: they go back uncounted, and not only when the time to confirm them is over. */
  async function putBack(worker: number, principal: string, offers: readonly OfferedJob[]): Promise<void> {
    // A claim that the worker made meanwhile has put them back already.
    const inHand = await storage.listInHand({ worker, principal });
    const epochs = new Map(inHand.attempts.map(({ attempt, epoch }) => [attempt, epoch]));
    const left = offers.filter(({ attempt, epoch }) => epochs.get(attempt) === epoch);
    if (left.length === 0) return;
    const nothing = { exitCode: null, reason: null, error: null, outputs: [] } as const;
    const attempts = left.map(({ attempt, epoch }) => ({
      attempt,
      epoch,
      outcome: 'returned' as const,
      ...nothing,
    }));
    await storage.finishAttempts({ principal, attempts });
  }

  async function withTokens(offers: readonly OfferedJob[]): Promise<readonly Offer[]> {
    if (offers.length === 0) return [];
    const key = await signingKey();
    return offers.map((offer) => ({
      ...offer,
      // Signed when it is read: a worker in this process has no use for it.
      get token(): string {
        const signature = secrets.sign(key, attemptTokenClaim(offer.jobId, offer.epoch));
        return writeAttemptToken(offer.jobId, offer.epoch, signature);
      },
    }));
  }

  async function withDirectories(
    offers: readonly Offer[],
    aliases: readonly string[],
  ): Promise<readonly Offer[]> {
    if (aliases.length === 0 || offers.length === 0) return offers;
    const known = new Map<string, readonly NamedDirectory[]>();
    for (const { project } of offers)
      if (!known.has(project)) {
        const paths = await directoryPaths(storage, project);
        known.set(
          project,
          aliases.flatMap((alias) => {
            const path = paths.get(alias);
            return path === undefined ? [] : [{ alias, path }];
          }),
        );
      }
    return offers.map((offer) => Object.assign(offer, { directories: known.get(offer.project) ?? [] }));
  }

  function pollAfterMs(answer: Omit<ClaimAnswer, 'serves'>, waitMs: number): number {
    if (answer.offers.length > 0) return 0;
    if (answer.cancel.length > 0) return pollAfterNewsMs;
    if (answer.abandon.length > 0) return pollAfterAbandonMs;
    return waitMs === 0 || waiting.stopped ? pace.pauseMs(pollAfterNothingMs) : 0;
  }
}
