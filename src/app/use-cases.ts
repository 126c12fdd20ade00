import { actOnSelected } from './act-on-selected.ts';
import { appendOutput } from './append-output.ts';
import { authenticate } from './authenticate.ts';
import { claimJobs } from './claim-jobs.ts';
import { addComment, editComment, listComments, removeComment } from './comments.ts';
import { confirmAttempts } from './confirm-attempts.ts';
import { countJobs } from './count-jobs.ts';
import { countSelected } from './count-selected.ts';
import { createProject } from './create-project.ts';
import { createToken } from './create-token.ts';
import { deleteProject } from './delete-project.ts';
import { describeMethods } from './describe-methods.ts';
import { compareJobs } from './diff-jobs.ts';
import { editJob } from './edit-job.ts';
import { EventFeed } from './event-feed.ts';
import { explainJob } from './explain-job.ts';
import { findOrigin } from './find-origin.ts';
import { finishAttempts } from './finish-attempts.ts';
import { finishRun } from './finish-run.ts';
import { getDirectory } from './get-directory.ts';
import { getJob } from './get-job.ts';
import { getProject } from './get-project.ts';
import { issueToken } from './issue-token.ts';
import { listAttempts } from './list-attempts.ts';
import { listDirectories } from './list-directories.ts';
import { listEvents } from './list-events.ts';
import { listFiles } from './list-files.ts';
import { listJobs } from './list-jobs.ts';
import { listProjects } from './list-projects.ts';
import { listSightings } from './list-sightings.ts';
import { listStale } from './list-stale.ts';
import { listTokens } from './list-tokens.ts';
import { listWorkers } from './list-workers.ts';
import { moveJob, purgeJob, trashJob } from './move-job.ts';
import { readLog } from './read-log.ts';
import { recordRun } from './record-run.ts';
import { registerWorker } from './register-worker.ts';
import { removeDirectory } from './remove-directory.ts';
import { renewAttempts } from './renew-attempts.ts';
import { renewRun } from './renew-run.ts';
import { rerunJob } from './rerun-job.ts';
import { revokeToken } from './revoke-token.ts';
import { saveDirectory } from './save-directory.ts';
import { serverIdentity, serverStatus } from './server-status.ts';
import { streamEvents } from './stream-events.ts';
import { submitJob, submitJobs } from './submit-jobs.ts';
import { getTemplate, listTemplates, removeTemplate, saveTemplate } from './templates.ts';
import { traceJobs } from './trace-jobs.ts';
import { updateProject } from './update-project.ts';
import { WaitingClaims } from './waiting.ts';
import type { World } from './world.ts';

/** How much may wait at one time. */
export interface WaitingBounds {
  readonly waitingClaims?: number;
  readonly eventStreams?: number;
}

/** Every act that any front-end, or a program in the same process, can ask for. */
export function createUseCases(world: World, bounds: WaitingBounds = {}) {
  const waiting = new WaitingClaims({ ...world, max: bounds.waitingClaims ?? 10_000 });
  const feed = new EventFeed({ ...world, max: bounds.eventStreams ?? 1_000 });
  return {
    authenticate: authenticate(world),
    issueToken: issueToken(world),
    identify: serverIdentity(world),
    status: serverStatus(world),

    createProject: createProject(world),
    listProjects: listProjects(world),
    getProject: getProject(world),
    updateProject: updateProject(world),
    deleteProject: deleteProject(world),

    submitJob: submitJob(world),
    submitJobs: submitJobs(world),
    listJobs: listJobs(world),
    countSelected: countSelected(world),
    actOnSelected: actOnSelected(world),
    countJobs: countJobs(world),
    getJob: getJob(world),
    editJob: editJob(world),
    moveJob: moveJob(world),
    trashJob: trashJob(world),
    purgeJob: purgeJob(world),
    rerunJob: rerunJob(world),
    explainJob: explainJob(world),
    readLog: readLog(world),
    listFiles: listFiles(world),
    listAttempts: listAttempts(world),

    compareJobs: compareJobs(world),

    listTemplates: listTemplates(world),
    getTemplate: getTemplate(world),
    saveTemplate: saveTemplate(world),
    removeTemplate: removeTemplate(world),

    listComments: listComments(world),
    addComment: addComment(world),
    editComment: editComment(world),
    removeComment: removeComment(world),

    registerWorker: registerWorker(world, waiting),
    listWorkers: listWorkers(world),
    claimJobs: claimJobs(world, waiting),
    confirmAttempts: confirmAttempts(world),
    renewAttempts: renewAttempts(world),
    appendOutput: appendOutput(world),
    finishAttempts: finishAttempts(world),

    listDirectories: listDirectories(world),
    getDirectory: getDirectory(world),
    saveDirectory: saveDirectory(world),
    removeDirectory: removeDirectory(world),

    listSightings: listSightings(world),
    traceJobs: traceJobs(world),
    findOrigin: findOrigin(world),
    listStale: listStale(world),
    describeMethods: describeMethods(world),

    recordRun: recordRun(world),
    renewRun: renewRun(world),
    finishRun: finishRun(world),

    listEvents: listEvents(world),
    streamEvents: streamEvents(world, feed),

    createToken: createToken(world),
    listTokens: listTokens(world),
    revokeToken: revokeToken(world),

    /** How many claims and streams wait now. */
    waits: () => ({ claims: waiting.size, streams: feed.size }),
    /** Ends every wait and stream; other acts go on. */
    stop: (): void => {
      waiting.stop();
      feed.stop();
    },
  };
}

export type UseCases = ReturnType<typeof createUseCases>;
