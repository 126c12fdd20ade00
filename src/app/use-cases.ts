import type { NewTask, TaskDefinition } from '../core/tasks/definition.ts';
import { acquireLocks } from './acquire-locks.ts';
import { actOnSelected } from './act-on-selected.ts';
import { appendOutput } from './append-output.ts';
import { attemptOfEpoch, lastOutput, listInHand } from './attempts-in-hand.ts';
import { authenticate } from './authenticate.ts';
import { CatalogueProblems } from './catalogue-problems.ts';
import { claimJobs } from './claim-jobs.ts';
import { closeDatabase, reopenDatabase } from './close-database.ts';
import { addComment, editComment, listComments, removeComment } from './comments.ts';
import { confirmAttempts } from './confirm-attempts.ts';
import { countJobs } from './count-jobs.ts';
import { countSelected } from './count-selected.ts';
import { createProject } from './create-project.ts';
import { createToken } from './create-token.ts';
import { addDatabase, getDatabase, listDatabases, removeDatabase, updateDatabase } from './databases.ts';
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
import { indexJobs } from './index-jobs.ts';
import { issueToken } from './issue-token.ts';
import { listAttempts, listLateReports } from './list-attempts.ts';
import { listDirectories } from './list-directories.ts';
import { listEvents } from './list-events.ts';
import { listFiles } from './list-files.ts';
import { listJobs } from './list-jobs.ts';
import { listProjects } from './list-projects.ts';
import { listServers } from './list-servers.ts';
import { listSightings } from './list-sightings.ts';
import { listOutdated, listStale } from './list-stale.ts';
import { listTokens } from './list-tokens.ts';
import { listWorkers } from './list-workers.ts';
import { LockWaits } from './lock-waits.ts';
import { breakLock, changeLock, checkLock, getLock, listLocks, releaseLocks, renewLocks } from './locks.ts';
import { moveJob, purgeJob, trashJob } from './move-job.ts';
import { Pace } from './pace.ts';
import { readLog, readLogEnd } from './read-log.ts';
import { recordRun } from './record-run.ts';
import { registerWorker } from './register-worker.ts';
import {
  beginRelease,
  dropRelease,
  getRelease,
  listReleases,
  markGoing,
  markGone,
  pinRelease,
  publishRelease,
} from './releases.ts';
import { removeDirectory } from './remove-directory.ts';
import { renewAttempts } from './renew-attempts.ts';
import { renewRun } from './renew-run.ts';
import { rerunJob } from './rerun-job.ts';
import { revokeToken } from './revoke-token.ts';
import { saveDirectory } from './save-directory.ts';
import { serverIdentity, serverStatus } from './server-status.ts';
import {
  endSession,
  getSession,
  listSessions,
  openDatabases,
  openSession,
  renewSession,
} from './sessions.ts';
import { streamEvents } from './stream-events.ts';
import { submitJob, submitJobs } from './submit-jobs.ts';
import { TaskRegistry } from './task-registry.ts';
import { getTask, listTasks, runTask, taskStatus } from './tasks.ts';
import { getTemplate, listTemplates, removeTemplate, saveTemplate } from './templates.ts';
import { traceJobs } from './trace-jobs.ts';
import { updateProject } from './update-project.ts';
import { verifyRecord } from './verify-record.ts';
import { WaitingClaims } from './waiting.ts';
import { type WaitingBounds, WaitingRoom } from './waiting-room.ts';
import type { World } from './world.ts';

/** Every act that any front-end, or a program in the same process, can ask for. */
export function createUseCases(
  world: World,
  bounds: WaitingBounds = {},
  builtInTasks: readonly TaskDefinition[] = [],
) {
  const tasks = new TaskRegistry(world, builtInTasks);
  const submit = submitJob(world, tasks);
  const room = new WaitingRoom(world, bounds);
  const waiting = new WaitingClaims({ ...world, room });
  const lockWaits = new LockWaits({ ...world, room });
  const feed = new EventFeed({ ...world, room });
  const catalogueProblems = new CatalogueProblems();
  return {
    authenticate: authenticate(world),
    issueToken: issueToken(world),
    identify: serverIdentity(world),
    status: serverStatus(world),
    verifyRecord: verifyRecord(world),

    createProject: createProject(world),
    listProjects: listProjects(world),
    getProject: getProject(world),
    updateProject: updateProject(world),
    deleteProject: deleteProject(world),

    submitJob: submit,
    submitJobs: submitJobs(world, tasks),
    listJobs: listJobs(world),
    countSelected: countSelected(world),
    actOnSelected: actOnSelected(world),
    countJobs: countJobs(world),
    indexJobs: indexJobs(world),
    getJob: getJob(world),
    editJob: editJob(world),
    moveJob: moveJob(world),
    trashJob: trashJob(world),
    purgeJob: purgeJob(world),
    rerunJob: rerunJob(world, tasks),
    explainJob: explainJob(world),
    readLog: readLog(world),
    readLogEnd: readLogEnd(world),
    listFiles: listFiles(world),
    listAttempts: listAttempts(world),
    listLateReports: listLateReports(world),

    compareJobs: compareJobs(world),

    listTemplates: listTemplates(world),
    getTemplate: getTemplate(world),
    saveTemplate: saveTemplate(world),
    removeTemplate: removeTemplate(world),

    listComments: listComments(world),
    addComment: addComment(world),
    editComment: editComment(world),
    removeComment: removeComment(world),

    listTasks: listTasks(tasks),
    getTask: getTask(tasks),
    runTask: runTask(world, tasks, submit),
    taskStatus: taskStatus(world, tasks),
    /** Takes the tasks of a file in place of those that it had before. */
    setTasksOfFile: (given: readonly NewTask[]): Promise<void> => tasks.setFile(given),

    registerWorker: registerWorker(world, tasks),
    listWorkers: listWorkers(world),
    listServers: listServers(world),
    claimJobs: claimJobs(world, waiting, new Pace(world)),
    confirmAttempts: confirmAttempts(world),
    renewAttempts: renewAttempts(world),
    appendOutput: appendOutput(world),
    finishAttempts: finishAttempts(world),
    listInHand: listInHand(world),
    attemptOfEpoch: attemptOfEpoch(world),
    lastOutput: lastOutput(world),

    listDirectories: listDirectories(world),
    getDirectory: getDirectory(world),
    saveDirectory: saveDirectory(world),
    removeDirectory: removeDirectory(world),

    listDatabases: listDatabases(world, catalogueProblems),
    getDatabase: getDatabase(world),
    addDatabase: addDatabase(world),
    updateDatabase: updateDatabase(world),
    removeDatabase: removeDatabase(world),
    closeDatabase: closeDatabase(world),
    reopenDatabase: reopenDatabase(world),

    listReleases: listReleases(world),
    getRelease: getRelease(world),
    beginRelease: beginRelease(world),
    publishRelease: publishRelease(world),
    dropRelease: dropRelease(world),
    pinRelease: pinRelease(world),
    markGoing: markGoing(world),
    markGone: markGone(world),
    catalogueProblems,

    listSightings: listSightings(world),
    traceJobs: traceJobs(world),
    findOrigin: findOrigin(world),
    listOutdated: listOutdated(world),
    listStale: listStale(world),
    describeMethods: describeMethods(world, tasks),

    recordRun: recordRun(world, tasks),
    renewRun: renewRun(world),
    finishRun: finishRun(world),

    openSession: openSession(world),
    renewSession: renewSession(world),
    openDatabases: openDatabases(world),
    endSession: endSession(world),
    getSession: getSession(world),
    listSessions: listSessions(world),

    acquireLocks: acquireLocks(world, lockWaits),
    getLock: getLock(world, lockWaits),
    listLocks: listLocks(world),
    renewLocks: renewLocks(world),
    releaseLocks: releaseLocks(world),
    changeLock: changeLock(world),
    breakLock: breakLock(world),
    checkLock: checkLock(world),

    listEvents: listEvents(world),
    streamEvents: streamEvents(world, feed),

    createToken: createToken(world),
    listTokens: listTokens(world),
    revokeToken: revokeToken(world),

    /** How many wait now, and how many found no place so far. */
    waits: () => room.counts,
    /** Whether the server is about to stop: nobody begins to wait any more, and no job is handed out. */
    isStopping: (): boolean => waiting.stopped,
    /** Ends every wait and stream, and begins none; other acts go on. Resolves when none of them asks the storage. */
    stop: async (): Promise<void> => {
      lockWaits.stop();
      await Promise.all([waiting.stop(), feed.stop()]);
    },
  };
}

export type UseCases = ReturnType<typeof createUseCases>;
