import type { JobDetails } from '../core/jobs/job.ts';
import { type JobPlace, writeReference } from '../core/jobs/reference.ts';
import type { JobRequest } from '../core/jobs/specify.ts';
import { allow } from './access.ts';
import type { Caller } from './caller.ts';
import { refuseIndexes, specifyInProject } from './specify-in-project.ts';
import { insertOne } from './submit-jobs.ts';
import type { World } from './world.ts';

/**
 * A new job like an old one, with changes. What the old one came after, when it might start and whether it was held
 * belong to its own history and are not repeated.
 */
export function rerunJob({ storage }: World) {
  return async (caller: Caller, place: JobPlace, changes: JobRequest): Promise<JobDetails> => {
    const { project } = place;
    allow(caller.principal, 'job.write', project);
    refuseIndexes(changes);
    const request = { ...likeBefore(await storage.getJob(place), changes), ...changes };
    const spec = specifyInProject(caller.principal, project, request, '');
    return insertOne(storage, caller, project, { ...spec, rerunOf: writeReference(place) });
  };
}

/** By this name a recorder tells of what came through a pipe (docs/recording.md). */
const pipedInput = '/dev/stdin';

function likeBefore(old: JobDetails, { command }: JobRequest): JobRequest {
  if (old.origin !== 'recorded') return asAsked(old);
  // Another command reads and writes other files.
  const files = command === undefined ? asRecorded(old) : { inputs: [], outputs: [] };
  return { ...asAsked(old), ...files, onLost: 'fail' };
}

/** A run is repeated with the files that it turned out to read and write, whatever is in them now. */
function asRecorded({ files }: JobDetails): JobRequest {
  const named = (role: 'input' | 'output') => {
    const some = files.filter((file) => file.role === role && file.path !== pipedInput);
    return some.map(({ path, kind }) => (kind === undefined ? { path } : { path, kind }));
  };
  return { inputs: named('input'), outputs: named('output') };
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
    },
  };
}
