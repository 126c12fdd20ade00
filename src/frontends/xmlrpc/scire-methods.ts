/** The methods of workers: names and order are Scire’s, what happens is what happens to any worker. */
import type { Offer } from '../../app/claim-jobs.ts';
import type { UseCases } from '../../app/use-cases.ts';
import { readWorker, writeWorker } from '../../core/dispatch/worker-id.ts';
import { Fault } from '../../core/faults.ts';
import { readReference, writeReference } from '../../core/jobs/reference.ts';
import type { HeldAttempt } from '../../ports/records/workers.ts';
import { writeJobFile } from '../../wire/xmlrpc/job-file.ts';
import { readStatusFile, type StatusFile } from '../../wire/xmlrpc/status-file.ts';
import { isStruct, type RpcArray, type RpcStruct, type RpcValue, struct } from '../../wire/xmlrpc/value.ts';
import type { CallCounts } from './call-counts.ts';
import { readFacts } from './facts.ts';
import { type CallContext, type Method, readInteger } from './method.ts';
import type { PollNow } from './poll-now.ts';
import { Turns } from './turns.ts';

const client = { name: 'client', types: ['string'] } as const;
const job = { name: 'job', types: ['string'] } as const;
const epoch = { name: 'epoch', types: ['string', 'int'] } as const;

const streams = ['stdout', 'stderr', 'note'] as const;

interface World {
  readonly useCases: UseCases;
  readonly pollNow: PollNow;
  readonly counts: CallCounts;
}

export function scireMethods({ useCases, pollNow, counts }: World): readonly Method[] {
  const outputs = new Turns();

  const register: Method = {
    name: 'scire.register',
    help: 'Registers a worker under the name of its host; the same name gives the same client again. facts says what it can do: tasks, accept (arrays of names), capacity (how many jobs it takes at one time; 1), name, poll_port (where it listens for poll_now), instance (another under the same name is refused while this one is at work); all else are labels. Answers with client, lease_seconds, poll_seconds and epoch.',
    params: [
      { name: 'host', types: ['string'] },
      { name: 'facts', types: ['struct'] },
    ],
    answers: 'struct',
    async call({ caller, peer }, params) {
      const { pollPort, ...profile } = readFacts(params.text('host'), params.struct('facts'));
      const { worker, leaseMs, epoch: last } = await useCases.registerWorker(caller, profile);
      const kin = JSON.stringify([caller.principal.name, profile.tasks, profile.accept]);
      pollNow.listen(worker, pollPort === null || peer === null ? null : { host: peer, port: pollPort, kin });
      return struct({
        client: writeWorker(worker),
        lease_seconds: leaseMs / 1_000,
        poll_seconds: leaseMs / 3_000,
        epoch: String(last),
      });
    },
  };

  const askForWork: Method = {
    name: 'scire.ask_for_work',
    help: 'Gives the file of one job, or an empty text. The next is given after its confirmation; one that is not confirmed goes back, and is given again. held names all that the client has confirmed and not reported, as structs of job and epoch: what the record has beyond that is lost. seen is the highest epoch that it was told.',
    params: [
      client,
      { name: 'held', types: ['array'], optional: true },
      { name: 'seen', types: ['string', 'int'], optional: true },
    ],
    answers: 'string',
    async call(context, params) {
      const { caller } = context;
      const worker = readWorker(params.text('client'), 'client');
      const { capacity, attempts } = await useCases.listInHand(caller, worker);
      const named = params.has('held') ? readHeld(params.array('held')) : null;
      const held: 'started' | readonly HeldAttempt[] =
        named === null
          ? 'started'
          : attempts
              .filter((it) => named.has(`${writeReference(it)}@${it.epoch}`))
              .map((it) => ({
                attempt: it.attempt,
                epoch: it.epoch,
                state: it.state === 'offered' ? 'offered' : 'running',
              }));
      const busy = held === 'started' ? attempts.filter(({ state }) => state !== 'offered') : held;
      const { offers } = await useCases.claimJobs(caller, {
        worker,
        capacity: busy.length < capacity ? 1 : 0,
        held,
        waitMs: 0,
        ...(params.has('seen') ? { seen: params.integer('seen') } : {}),
      });
      counts.claimed(offers.length);
      const [offer] = offers;
      pollNow.asked(worker, offer === undefined ? (busy.length < capacity ? 'nothing' : 'full') : 'found');
      return offer === undefined ? '' : jobFileOf(context, offer);
    },
  };

  async function jobFileOf({ caller }: CallContext, offer: Offer): Promise<string> {
    const { priority, createdAt } = await useCases.getJob(caller, offer);
    const { document } = offer;
    const { attemptMs } = document.limits;
    return writeJobFile({
      id: writeReference(offer),
      epoch: offer.epoch,
      attempt: offer.attemptNumber,
      priority,
      created: new Date(createdAt).toISOString(),
      offerSeconds: offer.leaseMs / 1_000,
      attemptSeconds: attemptMs == null ? null : attemptMs / 1_000,
      onLost: document.onLost,
      owner: offer.owner,
      task: offer.task,
      title: offer.title,
      command: document.command,
      stdin: document.stdin,
      directory: document.directory ?? offer.projectDirectory,
      environment: document.environment,
      parameters: document.parameters,
      inputs: document.inputs,
      outputs: document.outputs,
      databases: offer.databases ?? [],
      token: offer.token,
    });
  }

  /** The attempt that a client means: in its hands, or over; null where the record has no such job. */
  async function attemptOf(
    { caller }: CallContext,
    named: { readonly worker: number; readonly job: string; readonly epoch: number },
  ): Promise<string | null> {
    const { attempts } = await useCases.listInHand(caller, named.worker);
    const inHand = attempts.find((it) => writeReference(it) === named.job && it.epoch === named.epoch);
    if (inHand !== undefined) return inHand.attempt;
    try {
      return await useCases.attemptOfEpoch(caller, readReference(named.job, 'job'), named.epoch);
    } catch (error) {
      if (error instanceof Fault && (error.code === 'job_unknown' || error.code === 'project_unknown'))
        return null;
      throw error;
    }
  }

  const confirm: Method = {
    name: 'scire.confirm',
    help: 'Received, send more. Only where start is true may the job be started, else it is to be dropped, and code says why. A confirmation may be repeated.',
    params: [client, job, epoch],
    answers: 'struct',
    async call(context, params) {
      const worker = readWorker(params.text('client'), 'client');
      const of = params.integer('epoch');
      const attempt = await attemptOf(context, { worker, job: params.text('job'), epoch: of });
      if (attempt === null) return struct({ start: false, code: 'epoch_stale' });
      const claim = { attempt, epoch: of };
      const { start, refused } = await useCases.confirmAttempts(context.caller, {
        worker,
        attempts: [claim],
      });
      return struct({ start: start.includes(attempt), code: refused[0]?.code ?? '' });
    },
  };

  const reportStatus: Method = {
    name: 'scire.report_status',
    help: 'Takes a status file. The answer comes when the report is on disk: applied, or not, and then code says why; order is cancel (end it, and report so), abandon (end it: it is no longer the client’s) or none. A report may be repeated: the answer is the same.',
    params: [client, { name: 'xml', types: ['string', 'base64'] }],
    answers: 'struct',
    async call(context, params) {
      const worker = readWorker(params.text('client'), 'client');
      const file = readStatusFile(params.bytes('xml'));
      const attempt = await attemptOf(context, { worker, ...file });
      if (attempt === null) return struct({ applied: false, code: 'attempt_unknown', order: 'abandon' });
      return file.state === 'running'
        ? reportRunning(context, worker, attempt, file)
        : reportEnd(context, attempt, file.state, file);
    },
  };

  async function reportRunning(
    { caller }: CallContext,
    worker: number,
    attempt: string,
    file: StatusFile,
  ): Promise<RpcValue> {
    const said = { attempt, epoch: file.epoch, ...file.progress };
    const { cancel, lost } = await useCases.renewAttempts(caller, { worker, progress: [said] });
    if (lost.includes(attempt)) return struct({ applied: false, code: 'epoch_stale', order: 'abandon' });
    return struct({ applied: true, code: '', order: cancel.includes(attempt) ? 'cancel' : 'none' });
  }

  async function reportEnd(
    { caller }: CallContext,
    attempt: string,
    outcome: Exclude<StatusFile['state'], 'running'>,
    file: StatusFile,
  ): Promise<RpcValue> {
    const { epoch: of, exitCode, reason, error, outputs: files } = file;
    const [result] = await useCases.finishAttempts(caller, [
      { attempt, epoch: of, outcome, exitCode, reason, error, outputs: files },
    ]);
    return struct({ applied: result?.applied ?? false, code: result?.code ?? '', order: 'none' });
  }

  const sendOutput: Method = {
    name: 'scire.send_output',
    help: 'Appends to the log of a job: stream is stdout, stderr or note. With a sequence number (from 0, over all streams) a call may be repeated; without one it is appended each time. Answers how many bytes are kept, and whether some were not.',
    params: [
      client,
      job,
      epoch,
      { name: 'stream', types: ['string'] },
      { name: 'data', types: ['base64', 'string'] },
      { name: 'sequence', types: ['int'], optional: true },
    ],
    answers: 'struct',
    async call(context, params) {
      const { caller } = context;
      const worker = readWorker(params.text('client'), 'client');
      const stream = streams.find((it) => it === params.text('stream'));
      if (stream === undefined)
        throw new Fault('invalid_field', {
          field: 'stream',
          found: params.text('stream'),
          expected: `one of ${streams.join(', ')}`,
        });
      const of = params.integer('epoch');
      const ref = params.text('job');
      const attempt = await attemptOf(context, { worker, job: ref, epoch: of });
      if (attempt === null) throw new Fault('attempt_unknown', { field: 'job', found: ref });
      const data = params.bytes('data');
      const append = async (sequence: number) =>
        useCases.appendOutput(caller, { attempt, epoch: of, chunks: [{ stream, sequence, data }] });
      const { kept, capped } = params.has('sequence')
        ? await append(notNegative(params.integer('sequence')))
        : await outputs.take(attempt, async () =>
            append(((await useCases.lastOutput(caller, attempt)) ?? -1) + 1),
          );
      return struct({ kept, capped });
    },
  };

  const pending: Method = {
    name: 'scire.pending',
    help: 'All that the client has and has not reported yet, by the record: structs of job, epoch, state (offered, running, lost) and order (cancel or none). Extends its lease. What it has beyond that is no longer its own.',
    params: [client],
    answers: 'array',
    async call({ caller }, params) {
      const worker = readWorker(params.text('client'), 'client');
      await useCases.renewAttempts(caller, { worker, progress: [] });
      const { attempts } = await useCases.listInHand(caller, worker);
      return attempts.map((it) =>
        struct({
          job: writeReference(it),
          epoch: String(it.epoch),
          state: it.state,
          order: it.cancelRequested && it.state !== 'offered' ? 'cancel' : 'none',
        }),
      );
    },
  };

  return [register, askForWork, confirm, reportStatus, sendOutput, pending];
}

const heldMax = 10_000;

/** What a client says that it holds: each as `toxd/12@7`. */
function readHeld(held: RpcArray): ReadonlySet<string> {
  if (held.length > heldMax)
    throw new Fault('invalid_field', { field: 'held', found: held.length, expected: `at most ${heldMax}` });
  return new Set(held.map((it, index) => keyOf(it, `held[${index}]`)));
}

function keyOf(it: RpcValue, field: string): string {
  const members: RpcStruct = isStruct(it) ? it : new Map();
  const ref = members.get('job');
  if (typeof ref !== 'string')
    throw new Fault('invalid_field', { field, expected: 'a struct of job (a reference) and epoch' });
  return `${ref}@${readInteger(members.get('epoch'), `${field}.epoch`)}`;
}

function notNegative(sequence: number): number {
  if (sequence >= 0) return sequence;
  throw new Fault('invalid_field', { field: 'sequence', found: sequence, expected: 'an integer from 0 on' });
}
