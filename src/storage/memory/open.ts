import { Fault } from '../../core/faults.ts';
import { type Durations, defaultDurations } from '../../core/leases/durations.ts';
import { type SetBack, timeBy } from '../../core/leases/gap.ts';
import type { Chance, Clock } from '../../ports/clock.ts';
import type { Hint, Storage } from '../../ports/storage.ts';
import { type Act, once, recordEvents } from './act.ts';
import { lastOutput, listAttempts, listLateReports, readLog } from './attempts.ts';
import { addDatabase, changeDatabase, databaseNamed, listDatabases, removeDatabase } from './catalogue.ts';
import { closeDatabase, reopenDatabase } from './closures.ts';
import { addComment, editComment, getComment, listComments, removeComment } from './comments.ts';
import { getDirectory, listDirectories, listMoves, removeDirectory, saveDirectory } from './directories.ts';
import { explainJob } from './explain.ts';
import { insertJobs } from './insert.ts';
import { countJobs, getJob, indexJobs, listFiles, listJobs } from './jobs.ts';
import {
  acquireLocks,
  breakLock,
  changeLock,
  checkLock,
  listLocks,
  lockRecord,
  releaseLocks,
  requestOf,
  settleLocks,
  waitingAmong,
} from './locks.ts';
import { editJob, moveJobs } from './manual.ts';
import { findOrigin } from './origin.ts';
import { listOutdated } from './outdated.ts';
import {
  createProject,
  deleteProject,
  listProjects,
  listProjectsHolding,
  updateProject,
} from './projects.ts';
import { listSightings, listSteps, traceJobs } from './provenance.ts';
import * as releases from './releases.ts';
import { appendOutput, finishAttempts } from './reports.ts';
import { startIncarnation } from './restore.ts';
import { finishRun, recordRun, renewRun } from './runs.ts';
import { actOnSelected } from './selected-acts.ts';
import { countSelected, listNames, selectJobs } from './selecting.ts';
import { identify, listEvents, status } from './server.ts';
import { keepServer, listServers, removeServer } from './servers.ts';
import {
  endSessionBy,
  listSessions,
  openDatabases,
  openSession,
  renewSession,
  sessionNumbered,
} from './sessions.ts';
import { listStale } from './stale.ts';
import { copyOf, emptyState, projectNamed, type State } from './state.ts';
import { sweep } from './sweep.ts';
import { declareTasks, findTaskRun, listTasks } from './tasks.ts';
import { getTemplate, listTemplates, removeTemplate, saveTemplate } from './templates.ts';
import { checkAttempt, createToken, listTokens, revokeToken } from './tokens.ts';
import { purgeJobs } from './trash.ts';
import { lookAt } from './verify.ts';
import {
  claimJobs,
  confirmAttempts,
  listInHand,
  listWorkers,
  newsFor,
  registerWorker,
  renewAttempts,
} from './workers.ts';

export interface MemoryOptions {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly durations?: Partial<Durations>;
}

/** Who acts when only time has passed. */
const server = 'labkeep';

export interface MemoryStorage extends Storage {
  /** Another storage with what this one has now: its backup. */
  copy(): MemoryStorage;
}

/**
 * The reference model: a storage that keeps everything in tables in memory, scans them all for each question, and
 * forgets them when it goes. What another storage does differently is wrong there or a missing case here.
 */
export function openMemory(options: MemoryOptions): MemoryStorage {
  const { chance, clock } = options;
  return storageOf(emptyState(chance.token(6), chance.token(32), clock.now()), options);
}

function storageOf(begun: State, options: MemoryOptions): MemoryStorage {
  const { clock, chance, durations } = options;
  const listeners = new Set<(hint: Hint) => void>();
  const timing: Durations = { ...defaultDurations, ...durations };
  let state = begun;
  let open = true;

  let setBack: SetBack | null = null;
  const now = (): number => timeBy(clock.now(), state.told, setBack).now;

  const mustBeOpen = (): void => {
    if (!open) throw new Fault('stopping');
  };

  /** Changes a copy, and takes it for the state if no rule refused. */
  async function act<T>(actor: string, body: (act: Act) => T): Promise<T> {
    mustBeOpen();
    const time = timeBy(clock.now(), state.told, setBack);
    ({ setBack } = time);
    const copy: State = { ...copyOf(state), told: time.now };
    const it: Act = {
      state: copy,
      now: copy.told,
      chance,
      durations: timing,
      happened: [],
      workers: new Set(),
      awaited: new Set(),
      called: new Set(),
    };
    const answer = body(it);
    settleLocks(it);
    recordEvents(it, actor);
    const handsOutAgain = state.restoredAt !== null && copy.restoredAt === null;
    state = copy;
    const ready =
      handsOutAgain || it.called.size > 0 || it.happened.some(({ job }) => job?.state === 'ready');
    const event = it.happened.length > 0;
    const hint: Hint = {
      ready: ready ? 'any' : null,
      event,
      workers: [...it.workers],
      locks: it.awaited.size > 0,
    };
    for (const listener of listeners) listener(hint);
    return answer;
  }

  async function read<T>(body: (state: State) => T): Promise<T> {
    mustBeOpen();
    return body(state);
  }

  return {
    createProject: (params) =>
      act(params.by.principal, (it) => once(it, params.by, () => createProject(it, params))),
    listProjects: (params) => read((it) => listProjects(it, params)),
    listProjectsHolding: (params) => read((it) => listProjectsHolding(it, params)),
    getProject: ({ name }) => read((it) => projectNamed(it, name).project),
    updateProject: (params) =>
      act(params.by.principal, (it) => once(it, params.by, () => updateProject(it, params))),
    deleteProject: ({ by, name }) => act(by.principal, (it) => once(it, by, () => deleteProject(it, name))),

    insertJobs: ({ by, project, jobs }) =>
      act(by.principal, (it) => once(it, by, () => insertJobs(it, project, jobs))),
    countJobs: ({ project }) => read((it) => countJobs(it, project)),
    listJobs: (params) => read((it) => listJobs(it, params)),
    indexJobs: (params) => read((it) => indexJobs(it, params)),
    selectJobs: (params) => read((it) => selectJobs(it, params)),
    countSelected: (params) => read((it) => countSelected(it, params)),
    listNames: (params) => read((it) => listNames(it, params)),
    actOnSelected: (params) =>
      act(params.by.principal, (it) => once(it, params.by, () => actOnSelected(it, params))),
    getJob: (place) => read((it) => getJob(it, place)),
    editJob: ({ by, place, revision, changes }) =>
      act(by.principal, (it) => once(it, by, () => editJob(it, place, revision, changes))),
    moveJobs: ({ by, places, act: what }) =>
      act(by.principal, (it) => once(it, by, () => moveJobs(it, places, what, by.principal))),
    explainJob: (place) => read((it) => explainJob(it, place, now(), timing.leaseMs)),
    listAttempts: (place) => read((it) => listAttempts(it, place)),
    listLateReports: (place) => read((it) => listLateReports(it, place)),
    listFiles: (params) => read((it) => listFiles(it, params)),
    readLog: (params) => read((it) => readLog(it, params)),

    addComment: ({ by, place, text }) =>
      act(by.principal, (it) => once(it, by, () => addComment(it, place, by.principal, text))),
    listComments: (params) => read((it) => listComments(it, params)),
    getComment: ({ id, ...place }) => read((it) => getComment(it, place, id)),
    editComment: ({ by, place, id, text }) =>
      act(by.principal, (it) => once(it, by, () => editComment(it, place, id, text))),
    removeComment: ({ by, place, id }) =>
      act(by.principal, (it) => once(it, by, () => removeComment(it, place, id))),

    purgeJobs: ({ by, places, force }) =>
      act(by.principal, (it) => once(it, by, () => purgeJobs(it, places, force))),

    declareTasks: ({ by, tasks }) => act(by.principal, (it) => declareTasks(it, by.principal, tasks)),
    findTask: ({ name }) => read((it) => it.tasks.get(name) ?? null),
    listTasks: () => read(listTasks),
    findTaskRun: (params) => read((it) => findTaskRun(it, params)),

    saveTemplate: ({ by, job, ...named }) =>
      act(by.principal, (it) => once(it, by, () => saveTemplate(it, named, job, by.principal))),
    getTemplate: (params) => read((it) => getTemplate(it, params)),
    listTemplates: (params) => read((it) => listTemplates(it, params)),
    removeTemplate: ({ by, ...named }) =>
      act(by.principal, (it) => once(it, by, () => removeTemplate(it, named))),

    registerWorker: ({ profile }) => act(profile.principal, (it) => registerWorker(it, profile)),
    newsFor: (params) => read((it) => newsFor(it, params)),
    listInHand: (params) => read((it) => listInHand(it, params)),
    lastOutput: ({ attempt }) => read((it) => lastOutput(it, attempt)),
    listWorkers: (params) => read((it) => listWorkers(it, params)),
    claimJobs: (claim) => act(claim.principal, (it) => claimJobs(it, claim)),
    confirmAttempts: (params) => act(params.principal, (it) => confirmAttempts(it, params)),
    renewAttempts: (params) => act(params.principal, (it) => renewAttempts(it, params)),
    appendOutput: (params) => act(params.principal, (it) => appendOutput(it, params)),
    finishAttempts: (params) => act(params.principal, (it) => finishAttempts(it, params)),

    listDirectories: (params) => read((it) => listDirectories(it, params)),
    listMoves: (params) => read((it) => listMoves(it, params)),
    getDirectory: (params) => read((it) => getDirectory(it, params)),
    saveDirectory: (params) =>
      act(params.by.principal, (it) => once(it, params.by, () => saveDirectory(it, params))),
    removeDirectory: (params) =>
      act(params.by.principal, (it) => once(it, params.by, () => removeDirectory(it, params))),

    listSightings: (params) => read((it) => listSightings(it, params)),
    traceJobs: (params) => read((it) => traceJobs(it, params)),
    listStale: (params) => read((it) => listStale(it, params)),
    listOutdated: ({ project }) => read((it) => listOutdated(it, project)),
    listSteps: (params) => read((it) => listSteps(it, params)),
    findOrigin: (params) => read((it) => findOrigin(it, params)),

    recordRun: (params) => act(params.by.name, (it) => recordRun(it, params)),
    renewRun: (params) => act(params.by.name, (it) => renewRun(it, params)),
    finishRun: (params) => act(params.by.name, (it) => finishRun(it, params)),

    listEvents: (params) => read((it) => listEvents(it, params)),

    openSession: (params) =>
      act(params.by.principal, (it) => once(it, params.by, () => openSession(it, params))),
    renewSession: (params) => act(params.principal, (it) => renewSession(it, params)),
    openDatabases: (params) =>
      act(params.by.principal, (it) => once(it, params.by, () => openDatabases(it, params))),
    endSession: (params) =>
      act(params.by.principal, (it) => once(it, params.by, () => endSessionBy(it, params))),
    getSession: ({ session }) => read((it) => sessionNumbered(it, session)),
    listSessions: (params) => read((it) => listSessions(it, params)),

    acquireLocks: (params) =>
      act(params.by.principal, (it) => once(it, params.by, () => acquireLocks(it, params))),
    waitingAmong: ({ tickets }) => read((it) => waitingAmong(it, tickets)),
    getLock: ({ ticket }) => read((it) => lockRecord(it, requestOf(it, ticket))),
    listLocks: (params) => read((it) => listLocks(it, params)),
    releaseLocks: (params) =>
      act(params.by.principal, (it) => once(it, params.by, () => releaseLocks(it, params))),
    changeLock: (params) =>
      act(params.by.principal, (it) => once(it, params.by, () => changeLock(it, params))),
    breakLock: ({ by, ticket }) => act(by.principal, (it) => once(it, by, () => breakLock(it, ticket))),
    checkLock: (params) => read((it) => checkLock(it, params)),

    addDatabase: (params) =>
      act(params.by.principal, (it) => once(it, params.by, () => addDatabase(it, params))),
    getDatabase: ({ name }) => read((it) => databaseNamed(it, name)),
    listDatabases: (params) => read((it) => listDatabases(it, params)),
    changeDatabase: (params) =>
      act(params.by.principal, (it) => once(it, params.by, () => changeDatabase(it, params))),
    removeDatabase: ({ by, name }) => act(by.principal, (it) => once(it, by, () => removeDatabase(it, name))),
    closeDatabase: (params) =>
      act(params.by.principal, (it) => once(it, params.by, () => closeDatabase(it, params))),
    reopenDatabase: (params) =>
      act(params.by.principal, (it) => once(it, params.by, () => reopenDatabase(it, params))),

    beginRelease: (params) =>
      act(params.by.principal, (it) => once(it, params.by, () => releases.beginRelease(it, params))),
    publishRelease: (params) =>
      act(params.by.principal, (it) => once(it, params.by, () => releases.publishRelease(it, params))),
    dropRelease: (params) =>
      act(params.by.principal, (it) => once(it, params.by, () => releases.dropRelease(it, params))),
    pinRelease: (params) =>
      act(params.by.principal, (it) => once(it, params.by, () => releases.pinRelease(it, params))),
    getRelease: (params) => read((it) => releases.getRelease(it, params)),
    listReleases: (params) => read((it) => releases.listReleases(it, params)),
    markGoing: ({ by, database }) =>
      act(by.principal, (it) => once(it, by, () => releases.markGoing(it, database))),
    markGone: (params) =>
      act(params.by.principal, (it) => once(it, params.by, () => releases.markGone(it, params))),

    keepServer: ({ server: profile }) => act(server, (it) => keepServer(it, profile)),
    removeServer: (params) => act(server, (it) => removeServer(it, params)),
    listServers: (params) => read((it) => listServers(it, params)),

    createToken: ({ by, token }) =>
      act(by.principal, (it) => once(it, by, () => createToken(it, token), refuseShownOnce)),
    findToken: ({ id }) => read((it) => it.tokens.get(id) ?? null),
    listTokens: (params) => read((it) => listTokens(it, params)),
    revokeToken: ({ by, id }) => act(by.principal, (it) => once(it, by, () => revokeToken(it, id))),
    checkAttempt: ({ jobId, epoch }) => read((it) => checkAttempt(it, jobId, epoch)),

    startIncarnation: (replaced = 0) => act(server, (it) => startIncarnation(it, replaced)),
    sweep: () => act(server, sweep),
    identify: () => read(identify),
    lookAt: (params) => read((it) => lookAt(it, params)),
    status: () => read((it) => status(it, now())),
    signingKey: () => read((it) => it.signingKey),
    copy: () => storageOf(copyOf(state), options),
    onHint: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    hurry: () => undefined,
    close: async () => {
      open = false;
      listeners.clear();
    },
  };
}

function refuseShownOnce(): never {
  throw new Fault('token_shown_once');
}
