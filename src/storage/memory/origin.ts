/** Where a file came from: every file and every tie is looked at. */
import { graphBounds } from '../../core/files/graph.ts';
import { contentOf } from '../../core/files/ties.ts';
import { writeReference } from '../../core/jobs/reference.ts';
import type {
  Maker,
  Origin,
  OriginInput,
  OriginStep,
  ProvenanceStorage,
} from '../../ports/records/provenance.ts';
import { type StoredFile, storedFilesOf } from './files.ts';
import { lastMaker, mayRead, pathNow } from './provenance.ts';
import { jobOf, type State } from './state.ts';
import { madeByTie } from './ties.ts';

export function findOrigin(
  state: State,
  { path, sha256, depth, only }: Parameters<ProvenanceStorage['findOrigin']>[0],
): Origin {
  const made = lastMaker(state, path);
  const last = made !== null && mayRead(state, made.jobId, only) ? made : null;
  const content = contentOf({ sha256: sha256 ?? last?.sha256 ?? null });
  const copies = [...state.files.values()]
    .filter((file) => file.attempt !== null && file.sha256 === content && file.id !== last?.id)
    .filter(({ jobId }) => mayRead(state, jobId, only))
    .sort((one, other) => other.id - one.id)
    .slice(0, graphBounds.sameContentMax);
  const behind = attemptsBehind(state, last === null ? copies : [last], depth);
  const { steps, complete } = listSteps(state, [...behind.files, ...(depth === 0 ? [] : copies)], only);
  return {
    path,
    madeBy: last === null ? null : makerOf(state, last),
    sameContent: copies.map((file) => makerOf(state, file)),
    inputs: last === null ? [] : inputsOf(state, last),
    steps,
    complete: complete && behind.complete,
  };
}

function isSameAttempt(one: StoredFile, other: StoredFile): boolean {
  return one.jobId === other.jobId && one.attempt === other.attempt;
}

/** Of each attempt one of the files that it made. */
function attemptsBehind(
  state: State,
  first: readonly StoredFile[],
  depth: number,
): { readonly files: readonly StoredFile[]; readonly complete: boolean } {
  const files: StoredFile[] = [];
  let level = first;
  for (let generation = 1; level.length > 0; generation++) {
    if (generation > depth) return { files, complete: false };
    files.push(...level);
    const sources = state.ties
      .filter((tie) => !tie.cyclic)
      .filter((tie) => level.some(({ jobId, attempt }) => jobId === tie.jobId && attempt === tie.attempt))
      .sort((one, other) => one.jobId - other.jobId || one.attempt - other.attempt || one.file - other.file)
      .flatMap(({ made }) => state.files.get(made.file) ?? []);
    const next: StoredFile[] = [];
    for (const source of sources)
      if (![...files, ...next].some((file) => isSameAttempt(file, source))) next.push(source);
    level = next;
  }
  return { files, complete: true };
}

function listSteps(
  state: State,
  files: readonly StoredFile[],
  only: readonly string[] | null,
): { readonly steps: readonly OriginStep[]; readonly complete: boolean } {
  const steps: OriginStep[] = [];
  let room: number = graphBounds.inputsTogetherMax;
  for (const [index, file] of files.entries()) {
    if (!mayRead(state, file.jobId, only)) continue;
    if (files.slice(0, index).some((earlier) => isSameAttempt(earlier, file))) continue;
    const inputs = inputsOf(state, file);
    room -= inputs.length;
    if (room < 0) return { steps, complete: false };
    const { ref, attempt, finishedAt, host } = makerOf(state, file);
    steps.push({ ref, attempt, finishedAt, host, inputs });
  }
  return { steps, complete: true };
}

function makerOf(state: State, file: StoredFile): Maker {
  const { record, run, attempts } = jobOf(state, file.jobId);
  const made = attempts.find(({ attempt }) => attempt === file.attempt);
  return {
    ref: writeReference(record),
    attempt: file.attempt ?? 0,
    finishedAt: file.madeAt ?? 0,
    host: run?.facts.host ?? made?.run?.host ?? made?.worker ?? null,
    path: pathNow(state, file),
    size: file.size ?? null,
    sha256: file.sha256 ?? null,
  };
}

/** What the attempt read that made a file. */
function inputsOf(state: State, { jobId, attempt }: StoredFile): readonly OriginInput[] {
  const inputs = storedFilesOf(state, jobId).filter(({ role }) => role === 'input');
  return inputs.slice(0, graphBounds.inputsMax).map((file) => {
    const tie = state.ties.find(
      (each) => each.jobId === jobId && each.attempt === attempt && each.file === file.id,
    );
    const source = tie === undefined ? undefined : state.files.get(tie.made.file);
    return {
      path: pathNow(state, file),
      size: file.size ?? null,
      sha256: file.sha256 ?? null,
      kind: file.kind ?? null,
      note: file.note ?? null,
      madeBy: tie === undefined ? null : madeByTie(state, tie),
      source: source === undefined ? null : { path: pathNow(state, source), sha256: source.sha256 ?? null },
    };
  });
}
