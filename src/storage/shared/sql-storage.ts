import { handsOutInMs } from '../../core/leases/incarnation.ts';
import type { Claim } from '../../ports/records/workers.ts';
import type { Actor, Hint, Storage, StorageStatus } from '../../ports/storage.ts';
import { actOnSelected, cancelSliceOfSelected } from './acts/act-on-selected.ts';
import {
  begunCancellations,
  cancelRest,
  cancelSlice,
  childrenAtOnce,
  crowded,
  crowdedAt,
  isAnswered,
} from './acts/cancel-slices.ts';
import { claimJobs } from './acts/claim.ts';
import { addComment, editComment, removeComment } from './acts/comments.ts';
import { confirmAttempts } from './acts/confirm.ts';
import {
  getDirectory,
  listDirectories,
  listMoves,
  removeDirectory,
  saveDirectory,
} from './acts/directories.ts';
import { editJob } from './acts/edit-job.ts';
import { finishRun } from './acts/end-run.ts';
import { finishAttempts } from './acts/finish.ts';
import { insertJobs } from './acts/insert-jobs.ts';
import { moveJobs } from './acts/move-jobs.ts';
import { appendOutput } from './acts/output.ts';
import { createProject, deleteProject, updateProject } from './acts/projects.ts';
import { recordRun } from './acts/record-run.ts';
import { renewAttempts } from './acts/renew.ts';
import { renewRun } from './acts/renew-run.ts';
import { keepServer, removeServer } from './acts/servers.ts';
import { startIncarnation } from './acts/start-incarnation.ts';
import { sweep } from './acts/sweep.ts';
import { declareTasks } from './acts/tasks.ts';
import { removeTemplate, saveTemplate } from './acts/templates.ts';
import { createToken, revokeToken } from './acts/tokens.ts';
import { purgeJobs } from './acts/trash.ts';
import { registerWorker } from './acts/workers.ts';
import type { Act } from './group.ts';
import { listAttempts, listLateReports, readLog } from './reads/attempts.ts';
import { getComment, listComments } from './reads/comments.ts';
import { explainJob } from './reads/explain.ts';
import { listSteps, traceJobs } from './reads/graph.ts';
import { lastOutput, listInHand } from './reads/hands.ts';
import { indexJobs } from './reads/job-index.ts';
import { countJobs, getJob, listFiles, listJobs } from './reads/jobs.ts';
import { newsFor } from './reads/news.ts';
import { findOrigin } from './reads/origin.ts';
import { listOutdated } from './reads/outdated.ts';
import { position } from './reads/position.ts';
import { countSelected, listNames, selectJobs } from './reads/select.ts';
import {
  checkAttempt,
  findToken,
  getProject,
  listEvents,
  listProjects,
  listProjectsHolding,
  listTokens,
  listWorkers,
  status,
} from './reads/server.ts';
import { listServers } from './reads/servers.ts';
import { listSightings } from './reads/sightings.ts';
import { listStale } from './reads/stale.ts';
import { findTask, findTaskRun, listTasks } from './reads/tasks.ts';
import { getTemplate, listTemplates } from './reads/templates.ts';
import { lookAt } from './reads/verify.ts';
import { text } from './rows.ts';
import { type Script, selectOne } from './script.ts';
import { sqlDatabases } from './sql-databases.ts';
import type { Transaction } from './transaction.ts';

/** What a database brings: how scripts are driven, and nothing of what they say. */
export interface Engine {
  readonly kind: StorageStatus['kind'];
  readonly journal: StorageStatus['journal'];
  readonly schema: number;
  /** Of workers. */
  readonly leaseMs: number;
  /** Runs an act in a group; resolves after its commit. */
  write<T>(act: Act<T>): Promise<T>;
  /** Runs a script that only selects, in one snapshot. */
  read<T>(script: () => Script<T>): Promise<T>;
  /** The same for a script that needs no snapshot, as one of a single statement. */
  readOne<T>(script: () => Script<T>): Promise<T>;
  now(): Promise<number>;
  onHint(listener: (hint: Hint) => void): () => void;
  hurry(): void;
  close(): Promise<void>;
}

/** The storage port over an SQL engine: each verb names its script. */
export function sqlStorage(engine: Engine): Storage {
  const act = <T>(by: Actor, script: (tx: Transaction) => Script<T>, weight = 1): Promise<T> =>
    engine.write({ by, script, weight });
  const work = <T>(principal: string, script: (tx: Transaction) => Script<T>, weight = 1): Promise<T> =>
    engine.write({ by: { principal }, script, weight });
  /** Cancels, slice by slice, what is below those who have too much of it for one act; gives these. */
  const cancelAhead = async (
    by: Actor,
    find: () => Script<readonly number[]>,
    slice: (tx: Transaction, id: number) => Script<boolean>,
  ): Promise<readonly number[]> => {
    if (await engine.readOne(() => isAnswered(by))) return [];
    const ids = await engine.read(find);
    for (const id of ids) while (await work(by.principal, (tx) => slice(tx, id), childrenAtOnce));
    return ids;
  };

  return {
    ...sqlDatabases(engine),

    createProject: ({ by, ...project }) =>
      act(by, (tx) => createProject(tx, { ...project, owner: by.principal })),
    listProjects: (it) => engine.read(() => listProjects(it)),
    listProjectsHolding: (it) => engine.read(() => listProjectsHolding(it)),
    getProject: ({ name }) => engine.read(() => getProject(name)),
    updateProject: ({ by, ...changes }) => act(by, (tx) => updateProject(tx, changes)),
    deleteProject: async ({ by, name }) => {
      await act(by, (tx) => deleteProject(tx, name));
    },

    insertJobs: ({ by, project, jobs }) => act(by, (tx) => insertJobs(tx, project, jobs), jobs.length),
    countJobs: ({ project }) => engine.read(() => countJobs(project)),
    listJobs: (it) => engine.read(() => listJobs(it)),
    indexJobs: (it) => engine.read(() => indexJobs(it)),
    selectJobs: (it) => engine.read(() => selectJobs(it)),
    countSelected: (it) => engine.read(() => countSelected(it)),
    listNames: (it) => engine.read(() => listNames(it)),
    actOnSelected: async ({ by, ...it }) => {
      const cancels = 'move' in it.act && it.act.move === 'cancel';
      const slice = (tx: Transaction, id: number) => cancelSliceOfSelected(tx, id, it);
      const begun = cancels ? await cancelAhead(by, () => crowded(it.jobs), slice) : [];
      return await act(by, (tx) => actOnSelected(tx, it, begun), it.jobs.length);
    },
    getJob: (place) => engine.read(() => getJob(place)),
    editJob: ({ by, ...edit }) => act(by, (tx) => editJob(tx, edit)),
    moveJobs: async ({ by, places, act: name }) => {
      const begun = name === 'cancel' ? await cancelAhead(by, () => crowdedAt(places), cancelSlice) : [];
      return await act(by, (tx) => moveJobs(tx, places, name, begun), places.length);
    },
    explainJob: async (place) => {
      const { restoredAt, ...rest } = await engine.read(() => explainJob(place));
      const now = restoredAt === null ? 0 : await engine.now();
      return { ...rest, handsOutInMs: handsOutInMs(now, restoredAt, engine.leaseMs) };
    },
    listAttempts: (place) => engine.read(() => listAttempts(place)),
    listLateReports: (place) => engine.read(() => listLateReports(place)),
    listFiles: (it) => engine.read(() => listFiles(it)),
    readLog: (it) => engine.read(() => readLog(it)),

    addComment: ({ by, place, text: said }) => act(by, (tx) => addComment(tx, place, by.principal, said)),
    listComments: (it) => engine.read(() => listComments(it)),
    getComment: (it) => engine.read(() => getComment(it)),
    editComment: ({ by, place, id, text: said }) => act(by, (tx) => editComment(tx, place, id, said)),
    removeComment: async ({ by, place, id }) => {
      await act(by, (tx) => removeComment(tx, place, id));
    },

    purgeJobs: async ({ by, places, force }) => {
      await act(by, (tx) => purgeJobs(tx, places, force), places.length);
    },

    declareTasks: async ({ by, tasks }) => {
      await act(by, (tx) => declareTasks(tx, by.principal, tasks));
    },
    findTask: (it) => engine.readOne(() => findTask(it)),
    listTasks: () => engine.read(listTasks),
    findTaskRun: (it) => engine.readOne(() => findTaskRun(it)),

    saveTemplate: ({ by, ...template }) => act(by, (tx) => saveTemplate(tx, template, by.principal)),
    getTemplate: (it) => engine.read(() => getTemplate(it)),
    listTemplates: (it) => engine.read(() => listTemplates(it)),
    removeTemplate: async ({ by, project, name }) => {
      await act(by, (tx) => removeTemplate(tx, project, name));
    },

    registerWorker: ({ profile }) => work(profile.principal, (tx) => registerWorker(tx, profile)),
    listWorkers: (it) => engine.read(() => listWorkers(it)),
    newsFor: (it) => engine.readOne(() => newsFor(it)),
    listInHand: (it) => engine.read(() => listInHand(it)),
    lastOutput: ({ attempt }) => engine.readOne(() => lastOutput(attempt)),
    claimJobs: async (it) => {
      const look = (claim: Claim) => work(it.principal, (tx) => claimJobs(tx, claim), it.capacity);
      const first = await look(it);
      let last = first;
      // What the worker holds was compared with the first look.
      while (last.unfinished && last.answer.offers.length === 0) last = await look({ ...it, held: null });
      return { ...first.answer, offers: last.answer.offers };
    },
    confirmAttempts: (it) => work(it.principal, (tx) => confirmAttempts(tx, it), it.attempts.length),
    renewAttempts: (it) => work(it.principal, (tx) => renewAttempts(tx, it)),
    appendOutput: (it) => work(it.principal, (tx) => appendOutput(tx, it)),
    finishAttempts: (it) => work(it.principal, (tx) => finishAttempts(tx, it), it.attempts.length),

    listDirectories: (it) => engine.read(() => listDirectories(it)),
    listMoves: (it) => engine.read(() => listMoves(it)),
    getDirectory: (it) => engine.read(() => getDirectory(it)),
    saveDirectory: ({ by, ...directory }) => act(by, (tx) => saveDirectory(tx, directory)),
    removeDirectory: async ({ by, ...directory }) => {
      await act(by, (tx) => removeDirectory(tx, directory));
    },

    listSightings: (it) => engine.read(() => listSightings(it)),
    traceJobs: (it) => engine.read(() => traceJobs(it)),
    listStale: (it) => engine.read(() => listStale(it)),
    listOutdated: ({ project }) => engine.read(() => listOutdated(project)),
    listSteps: (it) => engine.read(() => listSteps(it)),
    findOrigin: (it) => engine.read(() => findOrigin(it)),

    recordRun: (it) => work(it.by.name, (tx) => recordRun(tx, it)),
    renewRun: (it) => work(it.by.name, (tx) => renewRun(tx, it)),
    finishRun: (it) => work(it.by.name, (tx) => finishRun(tx, it)),

    keepServer: ({ server }) => work('labkeep', (tx) => keepServer(tx, server)),
    removeServer: async ({ name, pid }) => {
      await work('labkeep', (tx) => removeServer(tx, name, pid));
    },
    listServers: (it) => engine.read(() => listServers(it)),

    listEvents: (it) => engine.read(() => listEvents(it)),

    createToken: ({ by, token }) =>
      engine.write({
        by,
        script: (tx) => createToken(tx, token),
        weight: 1,
        unrepeatable: 'token_shown_once',
      }),
    findToken: ({ id }) => engine.readOne(() => findToken(id)),
    listTokens: (it) => engine.read(() => listTokens(it)),
    revokeToken: ({ by, id }) => act(by, (tx) => revokeToken(tx, id)),
    checkAttempt: ({ jobId, epoch }) => engine.readOne(() => checkAttempt(jobId, epoch)),

    startIncarnation: (replaced = 0) =>
      work('labkeep', (tx) => startIncarnation(tx, { isSame: false, replaced })),
    sweep: async () => {
      const report = await work('labkeep', sweep);
      for (const { id, by } of await engine.readOne(begunCancellations)) {
        while (await work(by, (tx) => cancelSlice(tx, id), childrenAtOnce));
        await work(by, (tx) => cancelRest(tx, id), childrenAtOnce);
      }
      return report;
    },
    lookAt: (it) => engine.read(() => lookAt(it)),
    identify: async () => {
      const { incarnation, sequence } = await engine.readOne(position);
      return {
        kind: engine.kind,
        journal: engine.journal,
        schema: engine.schema,
        incarnation,
        lastEvent: sequence,
      };
    },
    status: async () => {
      const { oldestReadyAt, ...rest } = await engine.read(status);
      const now = oldestReadyAt === null ? 0 : await engine.now();
      return {
        kind: engine.kind,
        journal: engine.journal,
        schema: engine.schema,
        ...rest,
        oldestReadyMs: oldestReadyAt === null ? null : Math.max(0, now - oldestReadyAt),
      };
    },
    signingKey: () =>
      engine.readOne(function* () {
        return text((yield* selectOne('find-signing-key'))?.signing_key);
      }),
    onHint: (listener) => engine.onHint(listener),
    hurry: () => engine.hurry(),
    close: () => engine.close(),
  };
}
