import { asMoved } from '../core/files/moved.ts';
import type { JobDetails } from '../core/jobs/job.ts';
import { type JobPlace, writeReference } from '../core/jobs/reference.ts';
import type { JobRequest } from '../core/jobs/specify.ts';
import { readingAgain, wasPrinted } from '../core/jobs/streams.ts';
import { allow } from './access.ts';
import type { Caller } from './caller.ts';
import { refuseIndexes } from './specify-in-project.ts';
import { insertOne, specifyOne } from './submit-jobs.ts';
import type { TaskRegistry } from './task-registry.ts';
import type { World } from './world.ts';

/**
 * A new job like an old one, with changes. What the old one came after, when it might start and whether it was held
 * belong to its own history and are not repeated.
 */
export function rerunJob({ storage }: World, tasks: TaskRegistry) {
  return async (caller: Caller, place: JobPlace, changes: JobRequest): Promise<JobDetails> => {
    const { project } = place;
    allow(caller.principal, 'job.write', project);
    refuseIndexes(changes);
    const old = await storage.getJob(place);
    const like = asMoved(likeBefore(old, changes), await storage.listMoves({ project }), old.createdAt);
    const request = { ...(await withoutOwnCommand(tasks, like)), ...changes };
    const spec = await specifyOne({ storage, tasks }, caller, project, request);
    return insertOne(storage, caller, project, { ...spec, rerunOf: writeReference(place) });
  };
}

/** The command of a registered task is made of its parameters, which may have changed. */
async function withoutOwnCommand(tasks: TaskRegistry, request: JobRequest): Promise<JobRequest> {
  const known = request.task == null ? null : await tasks.find(request.task);
  return known === null || known.task.command === null ? request : { ...request, command: null };
}

/** By this name a recorder tells of what came through a pipe (docs/recording.md). */
const pipedInput = '/dev/stdin';

function likeBefore(old: JobDetails, { command }: JobRequest): JobRequest {
  if (old.origin !== 'recorded') return asAsked(old);
  // Another command reads and writes other files.
  const recorded = command === undefined ? asRecorded(old) : { inputs: [], outputs: [] };
  return { ...asAsked(old), ...recorded, onLost: 'fail' };
}

/** A run is repeated with the files that it turned out to read and write, whatever is in them now. */
function asRecorded({ files, document }: JobDetails): JobRequest {
  const named = (role: 'input' | 'output') => {
    const some = files.filter((file) => file.role === role && file.path !== pipedInput && !wasPrinted(file));
    return some.map(({ path, kind }) => (kind === undefined ? { path } : { path, kind }));
  };
  const command = readingAgain(
    document.command ?? [],
    files.filter(({ role }) => role === 'input'),
  );
  return {
    ...{ inputs: named('input'), outputs: named('output') },
    ...(command === null ? {} : { command, stdin: null }),
  };
}

function asAsked(old: JobDetails): JobRequest {
  const { task, title, queue, priority, parent } = old;
  const {
    command,
    stdin,
    directory,
    environment,
    parameters,
    inputs,
    outputs,
    resources,
    limits,
    retry,
    onLost,
    metadata,
    atOnce,
    locks,
  } = old.document;
  return {
    ...{ task, title, queue, priority, parent },
    ...{
      command,
      stdin,
      directory,
      environment,
      parameters,
      inputs,
      outputs,
      resources,
      limits,
      retry,
      onLost,
      metadata,
      atOnce,
      locks,
    },
  };
}
