/**
 * Runs that somebody else runs and tells of. A recorded run is an attempt whose worker is its recorder: it has a lease
 * of its own, and is lost, not failed, when that ends. What is told of it may come late, from a machine whose clock is
 * its own: told instants are kept as told, but never lie in the future.
 */
import { mayDo, type Principal } from '../access/roles.ts';
import {
  annotated,
  annotationBounds,
  noAnnotations,
  readAnnotationChanges,
  readNumbers,
} from '../annotations/annotations.ts';
import { Fault } from '../faults.ts';
import { plainPath } from '../files/paths.ts';
import { checkDigest, checkText } from '../text.ts';
import type { FileMention, JobSpec, LiveJob, RunFacts } from './job.ts';
import { type Identity, policyOf, untouched } from './new-job.ts';
import {
  bounds,
  checkFiles,
  checkInteger,
  checkName,
  checkStdin,
  type JobRequest,
  specifyJob,
} from './specify.ts';
import type { Report, Stay } from './steps.ts';
import { resume } from './steps.ts';

/** What is known only when the run has ended, or was worked out meanwhile. */
export interface RunEnd extends Report {
  readonly finishedAt: number;
  /** All that was read, with the digests that are known by now; undefined where it stays as it was told. */
  readonly inputs: readonly FileMention[] | undefined;
  readonly outputs: readonly FileMention[];
  /** Undefined where it stays as it was told. */
  readonly stdin: string | null | undefined;
  readonly executable: RunFacts['executable'] | undefined;
  readonly version: string | null | undefined;
  /** Out of its log: they become numbers of the job. */
  readonly numbers?: Readonly<Record<string, number>> | undefined;
}

/** One run as it is to be recorded. */
export interface NewRun {
  /** The recorder’s own name of the run: told twice, it is recorded once. */
  readonly key: string;
  /** Null for the one that holds the folder. */
  readonly project: string | null;
  readonly folder: string;
  /** The name wanted for a new project. */
  readonly projectName: string | null;
  readonly spec: JobSpec;
  readonly tags: readonly string[];
  readonly facts: RunFacts;
  readonly startedAt: number;
  readonly leaseMs: number;
  /** Set for a run that had ended before it could be told. */
  readonly ended: RunEnd | null;
}

export interface RunRequest
  extends Pick<
    JobRequest,
    'task' | 'title' | 'stdin' | 'environment' | 'parameters' | 'inputs' | 'parent' | 'metadata'
  > {
  readonly key: string;
  readonly project?: string | undefined;
  readonly projectName?: string | undefined;
  readonly folder: string;
  readonly command: readonly string[];
  readonly host: string;
  readonly account: string;
  readonly executable?: RunFacts['executable'] | undefined;
  readonly version?: string | null | undefined;
  readonly startedAt: number;
  readonly leaseMs?: number | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly ended?: RunEndRequest | undefined;
}

export interface RunEndRequest {
  readonly finishedAt: number;
  readonly outcome: 'succeeded' | 'failed' | 'cancelled';
  readonly exitCode?: number | null | undefined;
  readonly reason?: Report['reason'] | undefined;
  readonly error?: string | null | undefined;
  readonly inputs?: readonly (string | FileMention)[] | undefined;
  readonly outputs?: readonly (string | FileMention)[] | undefined;
  readonly stdin?: string | null | undefined;
  readonly executable?: RunFacts['executable'] | undefined;
  readonly version?: string | null | undefined;
  readonly numbers?: Readonly<Record<string, number>> | undefined;
}

export const runBounds = {
  hostLength: 255,
  accountLength: 255,
  versionLength: 1_000,
  errorLength: 10_000,
  leaseMs: 60_000,
  leaseMsMin: 1_000,
  leaseMsMax: 86_400_000,
} as const;

const keyPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const exitCodeMax = 0xffff_ffff;

/** What is known of where and by what an attempt was run; null for nothing. */
export function knownFacts(facts: RunFacts): RunFacts | null {
  return Object.values(facts).every((fact) => fact === null) ? null : facts;
}

/** A run that may be stored, from what a recorder tells. */
export function specifyRun(request: RunRequest, owner: string): NewRun {
  const key = request.key.toLowerCase();
  if (!keyPattern.test(key))
    throw new Fault('invalid_field', { field: 'key', found: request.key, expected: 'a UUID' });
  const folder = plainPath(request.folder, 'folder');
  const { task, title, stdin, environment, parameters, parent, metadata, command } = request;
  const inputs = mergedFiles(checkFiles(request.inputs ?? [], 'inputs'));
  const asked = { task, title, stdin, environment, parameters, parent, metadata, command, inputs };
  const spec = specifyJob({ ...asked, directory: folder, onLost: 'ask' }, owner);
  return {
    key,
    project: request.project === undefined ? null : checkName(request.project, 'project'),
    folder,
    projectName: request.projectName === undefined ? null : checkName(request.projectName, 'projectName'),
    spec,
    tags: tagsOf(request),
    facts: {
      host: checkWord(request.host, 'host', runBounds.hostLength),
      account: checkWord(request.account, 'account', runBounds.accountLength),
      executable: checkExecutable(request.executable ?? null, 'executable'),
      version: checkVersion(request.version ?? null, 'version'),
    },
    startedAt: request.startedAt,
    leaseMs: checkInteger(
      request.leaseMs ?? runBounds.leaseMs,
      'leaseMs',
      runBounds.leaseMsMin,
      runBounds.leaseMsMax,
    ),
    ended: request.ended === undefined ? null : specifyRunEnd(request.ended, 'ended.'),
  };
}

function tagsOf({ tags }: RunRequest): readonly string[] {
  const changes = readAnnotationChanges({ tags });
  return (changes === null ? null : annotated(noAnnotations, changes))?.tags ?? [];
}

/** The end of a run; `at` is its place in the request: `` or `ended.`. */
export function specifyRunEnd(request: RunEndRequest, at = ''): RunEnd {
  const { exitCode = null, reason = null, error = null, executable, version, stdin } = request;
  if (error !== null) checkText(error, `${at}error`, runBounds.errorLength);
  if (stdin != null) checkStdin(stdin, `${at}stdin`);
  return {
    outcome: request.outcome,
    exitCode: checkExitCode(exitCode, `${at}exitCode`),
    reason,
    error,
    finishedAt: request.finishedAt,
    inputs: request.inputs === undefined ? undefined : mergedFiles(checkFiles(request.inputs, `${at}inputs`)),
    outputs: mergedFiles(checkFiles(request.outputs ?? [], `${at}outputs`)),
    stdin,
    executable: executable === undefined ? undefined : checkExecutable(executable, `${at}executable`),
    version: version === undefined ? undefined : checkVersion(version, `${at}version`),
    ...(request.numbers === undefined ? {} : { numbers: checkFoundNumbers(request.numbers, at) }),
  };
}

/** What a program ended with, on any system. */
export function checkExitCode(exitCode: number | null, field: string): number | null {
  return exitCode === null ? null : checkInteger(exitCode, field, -exitCodeMax, exitCodeMax);
}

/** A file that is named twice is one file; what is said later of it adds to what was said before. */
function mergedFiles(files: readonly FileMention[]): readonly FileMention[] {
  const merged = new Map<string, FileMention>();
  for (const file of files) merged.set(file.path, { ...merged.get(file.path), ...file });
  return [...merged.values()];
}

/** A name of a machine or of an account. */
export function checkWord(text: string, field: string, max: number): string {
  checkText(text, field, max);
  if (text === '') throw new Fault('invalid_field', { field, found: '', expected: 'a name' });
  return text;
}

/** Numbers that a run turned out to have; `at` is its place in the request. */
export function checkFoundNumbers(
  numbers: Readonly<Record<string, number>>,
  at: string,
): Readonly<Record<string, number>> {
  const found = Object.keys(numbers).length;
  if (found > annotationBounds.numbers)
    throw new Fault('invalid_field', {
      field: `${at}numbers`,
      found,
      expected: `at most ${annotationBounds.numbers} numbers`,
    });
  return readNumbers(numbers, at);
}

/** A version as a program told it. */
export function checkVersion(version: string | null, field: string): string | null {
  if (version !== null) checkText(version, field, runBounds.versionLength);
  return version;
}

export function checkExecutable(executable: RunFacts['executable'], field: string): RunFacts['executable'] {
  if (executable === null) return null;
  const { path, sha256 } = executable;
  checkText(path, `${field}.path`, bounds.pathLength);
  if (sha256 !== null) checkDigest(sha256, `${field}.sha256`);
  return { path, sha256 };
}

/** The row of a run as it is first told: it runs. */
export function recordedLive(
  run: NewRun,
  identity: Identity,
  at: { readonly epoch: number; readonly now: number },
): LiveJob {
  return {
    ...untouched(identity),
    state: 'running',
    reason: null,
    rank: null,
    readyAt: null,
    revision: 1,
    attempt: 1,
    epoch: at.epoch,
    startedAt: toldAt(run.startedAt, at.now),
    leaseEndsAt: at.now + run.leaseMs,
    policy: policyOf(run.spec),
  };
}

/** The run was heard of: its lease is extended, and a run that was lost goes on. */
export function hear(
  live: LiveJob,
  leaseEndsAt: number,
  epoch: number,
): { readonly live: LiveJob; readonly step: Stay | null } {
  if (live.state !== 'lost') return { live: { ...live, leaseEndsAt, epoch }, step: null };
  const step = resume({ ...live, leaseEndsAt, epoch });
  return { live: step.live, step };
}

/** Only its owner tells of a run; with the token of an attempt, only of the runs below its job. */
export function refuseStranger(
  { name, grants, attempt }: Principal,
  run: { readonly project: string; readonly number: string; readonly owner: string },
): void {
  const may =
    attempt === null
      ? mayDo(grants, 'job.write', run.project)
      : attempt.project === run.project && run.number.startsWith(`${attempt.number}.`);
  if (run.owner === name && may) return;
  throw new Fault('forbidden', {
    field: 'attempt',
    found: run.owner,
    expected: 'a run of your own, and a token that may write in its project',
  });
}

/** An instant that a recorder told, by its own clock: never after now. */
function toldAt(told: number, now: number): number {
  return Math.min(told, now);
}

/** When a run ended, as it was told: neither before it started nor after now. */
export function endedAt(told: number, startedAt: number | null, now: number): number {
  return Math.max(startedAt ?? 0, toldAt(told, now));
}
