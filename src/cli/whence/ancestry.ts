/** The jobs that a file came from, as far as the record goes: each asked for once, those of one generation together. */
import type { JobFile, LabkeepClient, WhenceInput } from '@labkeep/client';

/** An attempt that made files, with what it read. */
export interface Step {
  readonly ref: string;
  readonly attempt: number;
  readonly finishedAt: string | null;
  /** The machine, or the worker. */
  readonly host: string | null;
  readonly inputs: readonly StepInput[];
  readonly outputs: readonly Content[];
}

export type StepInput = Pick<WhenceInput, 'path' | 'sha256' | 'kind' | 'madeBy'>;

export interface Content {
  readonly path: string;
  readonly sha256: string | null;
}

/** Steps by `stepKey`. */
export type Ancestry = ReadonlyMap<string, Step>;

export function stepKey({ ref, attempt }: { readonly ref: string; readonly attempt: number }): string {
  return `${ref} ${attempt}`;
}

const atOnce = 8;

/** All steps that the first inputs go back to, at most so many generations. */
export async function readAncestry(
  client: LabkeepClient,
  inputs: readonly StepInput[],
  generations: number,
  found: Map<string, Step>,
): Promise<Ancestry> {
  let open = unknown(inputs, found);
  for (let generation = 0; generation < generations && open.size > 0; generation++) {
    const asked = [...open.values()];
    const steps: Step[] = [];
    for (let from = 0; from < asked.length; from += atOnce) {
      const some = asked.slice(from, from + atOnce);
      const read = await Promise.all(some.map(({ path, madeBy }) => readStep(client, path, madeBy)));
      for (const step of read) found.set(stepKey(step), step);
      steps.push(...read);
    }
    open = unknown(
      steps.flatMap((step) => step.inputs),
      found,
    );
  }
  return found;
}

interface Tied extends StepInput {
  readonly madeBy: NonNullable<StepInput['madeBy']>;
}

function unknown(inputs: readonly StepInput[], found: ReadonlyMap<string, Step>): Map<string, Tied> {
  const open = new Map<string, Tied>();
  for (const input of inputs) {
    const { madeBy } = input;
    if (madeBy === null || madeBy.cyclic) continue;
    const key = stepKey(madeBy);
    if (!found.has(key)) open.set(key, { ...input, madeBy });
  }
  return open;
}

/** The attempt that made a file. Mostly that was not made again since: then the server tells all in one answer. */
export async function readStep(
  client: LabkeepClient,
  path: string,
  { ref, attempt }: { readonly ref: string; readonly attempt: number },
): Promise<Step> {
  const last = path.startsWith('/') ? await client.provenance.whence(path) : null;
  const maker = last?.madeBy ?? null;
  if (last === null || maker === null || maker.ref !== ref || maker.attempt !== attempt)
    return readOlderStep(client, ref, attempt);
  const { finishedAt, host, sha256 } = maker;
  return { ref, attempt, finishedAt, host, inputs: last.inputs, outputs: [{ path, sha256 }] };
}

async function readOlderStep(client: LabkeepClient, ref: string, attempt: number): Promise<Step> {
  const [job, { items: attempts }] = await Promise.all([client.jobs.get(ref), client.jobs.attempts(ref)]);
  const made = attempts.find((one) => one.attempt === attempt);
  const inputs: JobFile[] = [];
  const outputs: JobFile[] = [];
  for await (const file of client.jobs.eachFile(ref, { limit: 1_000 }))
    if (file.role === 'input') inputs.push(file);
    else if (file.attempt === attempt) outputs.push(file);
  return {
    ref,
    attempt,
    finishedAt: made?.finishedAt ?? job.finishedAt,
    host: job.run?.host ?? made?.worker ?? null,
    inputs,
    outputs,
  };
}
