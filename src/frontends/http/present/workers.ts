import type { Claimed, Offer as StoredOffer } from '../../../app/claim-jobs.ts';
import { writeWorker } from '../../../core/dispatch/worker-id.ts';
import { writeReference } from '../../../core/jobs/reference.ts';
import type { WorkerRecord } from '../../../ports/records/workers.ts';
import type { ClaimAnswer, Offer } from '../schemas/claims.ts';
import type { Worker } from '../schemas/workers.ts';
import { mutable, presentMentions } from './jobs.ts';
import { presentAsks } from './tasks.ts';
import { timeText } from './times.ts';

export function presentWorker(it: WorkerRecord): Worker {
  return {
    worker: writeWorker(it.id),
    name: it.name,
    principal: it.principal,
    labels: it.labels,
    tasks: [...it.tasks],
    capacity: it.capacity,
    accept: [...it.accept],
    host: it.host ?? null,
    account: it.account ?? null,
    state: it.state,
    registeredAt: timeText(it.registeredAt),
    leaseEndsAt: timeText(it.leaseEndsAt),
    holding: it.holding,
  };
}

export function presentClaimed(it: Claimed): ClaimAnswer {
  return {
    offers: it.offers.map(presentOffer),
    abandon: [...it.abandon],
    cancel: [...it.cancel],
    leaseMs: it.leaseMs,
    pollAfterMs: it.pollAfterMs,
  };
}

function presentOffer(offer: StoredOffer): Offer {
  const { document } = offer;
  return {
    attempt: offer.attempt,
    job: writeReference(offer),
    epoch: offer.epoch,
    leaseMs: offer.leaseMs,
    attemptNumber: offer.attemptNumber,
    project: offer.project,
    projectDirectory: offer.projectDirectory,
    task: offer.task,
    title: offer.title,
    owner: offer.owner,
    command: mutable(document.command),
    stdin: document.stdin,
    directory: document.directory,
    environment: document.environment,
    parameters: document.parameters,
    inputs: presentMentions(document.inputs),
    outputs: presentMentions(document.outputs),
    limits: document.limits,
    onLost: document.onLost,
    metadata: document.metadata,
    ...(document.asks === undefined ? {} : { asks: presentAsks(document.asks) }),
    ...(offer.databases === undefined ? {} : { databases: [...offer.databases] }),
    token: offer.token,
    ...(offer.directories === undefined ? {} : { directories: [...offer.directories] }),
  };
}
