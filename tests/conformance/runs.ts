/** Runs that somebody else runs and tells of. */
import assert from 'node:assert/strict';
import type { Principal } from '../../src/core/access/roles.ts';
import type { Harness } from './harness.ts';
import { casesFor, elsewhere, project } from './lab.ts';
import { LabRecorder } from './lab-recorder.ts';

export function runs(harness: Harness): void {
  const when = casesFor(harness);

  when('a run that is recorded runs at once, as its recorder told it', async (lab) => {
    const recorder = new LabRecorder(lab);
    const startedAt = lab.clock.now() - 40;
    const { job, attempt, epoch, leaseMs, newProject } = await recorder.record({
      project,
      command: ['refine', 'in.mtz'],
      inputs: [{ path: '/data/in.mtz', size: 7 }, 'odd\nname "é".mtz'],
      executable: { path: '/opt/refine', sha256: 'e'.repeat(64) },
      version: '5.8',
      title: 'first try',
      tags: ['b', 'a'],
      stdin: 'keys',
      startedAt,
    });
    assert.deepEqual([job.state, job.origin, job.attempts, job.revision], ['running', 'recorded', 1, 1]);
    assert.deepEqual([job.owner, job.title, job.tags, newProject], ['ada', 'first try', ['a', 'b'], false]);
    assert.deepEqual([job.startedAt, job.createdAt, leaseMs], [startedAt, lab.clock.now(), 60_000]);
    const { document, run, files } = await lab.job('1');
    assert.deepEqual([document.command, document.directory], [['refine', 'in.mtz'], '/data/toxd']);
    assert.deepEqual([document.stdin, document.onLost], ['keys', 'ask']);
    const executable = { path: '/opt/refine', sha256: 'e'.repeat(64) };
    assert.deepEqual(run, { host: 'node07', account: 'ada', executable, version: '5.8' });
    assert.deepEqual(files, [
      { role: 'input', path: '/data/in.mtz', size: 7, attempt: null },
      { role: 'input', path: 'odd\nname "é".mtz', attempt: null },
    ]);
    const [running] = await lab.attempts('1');
    assert.deepEqual([running?.epoch, running?.worker, running?.finishedAt], [epoch, null, null]);
    assert.deepEqual((await lab.storage.listJobs({ project, states: ['running'], limit: 9 })).items, [job]);
    assert.match(attempt, /-1$/);
    const { worker } = await lab.storage.explainJob({ project, number: '1' });
    assert.equal(worker, 'node07');
  });

  when('the end of a run writes its files, its times and what was worked out meanwhile', async (lab) => {
    const recorder = new LabRecorder(lab);
    const startedAt = lab.clock.now();
    const run = await recorder.record({ project, inputs: ['in.mtz', { path: 'dir', kind: 'directory' }] });
    lab.clock.advance(5_000);
    const job = await recorder.finish(run, {
      finishedAt: startedAt + 4_000,
      exitCode: 3,
      outcome: 'failed',
      reason: 'exit_code',
      error: 'bad cell',
      inputs: [
        { path: 'in.mtz', size: 3, sha256: 'a'.repeat(64), note: 'changed while it was read' },
        'late',
      ],
      outputs: [
        { path: 'out.mtz', size: 0, sha256: 'b'.repeat(64) },
        { path: 'maps', kind: 'directory' },
      ],
      version: '1.2',
      stdin: 'typed later',
    });
    assert.deepEqual([job.state, job.reason, job.exitCode, job.attempts], ['failed', 'exit_code', 3, 1]);
    assert.deepEqual([job.startedAt, job.finishedAt], [startedAt, startedAt + 4_000]);
    const { files, run: facts, document } = await lab.job('1');
    assert.deepEqual(files, [
      {
        ...{ role: 'input', path: 'in.mtz', size: 3, sha256: 'a'.repeat(64), attempt: null },
        note: 'changed while it was read',
      },
      { role: 'input', path: 'late', attempt: null },
      { role: 'output', path: 'out.mtz', size: 0, sha256: 'b'.repeat(64), attempt: 1 },
      { role: 'output', path: 'maps', kind: 'directory', attempt: 1 },
    ]);
    assert.deepEqual([facts?.version, document.stdin], ['1.2', 'typed later']);
    const [ended] = await lab.attempts('1');
    assert.deepEqual([ended?.outcome, ended?.error, ended?.exitCode], ['failed', 'bad cell', 3]);
    assert.deepEqual([ended?.startedAt, ended?.finishedAt], [startedAt, startedAt + 4_000]);
    await lab.changesNothing(() => recorder.finish(run, { outcome: 'failed' }));
  });

  when('an end that says nothing of inputs leaves them as they were told', async (lab) => {
    const recorder = new LabRecorder(lab);
    const run = await recorder.record({ project, inputs: ['in.mtz'] });
    await recorder.finish(run, { outputs: ['out.mtz'] });
    const { files } = await lab.job('1');
    assert.deepEqual(
      files.map(({ role, path }) => [role, path]),
      [
        ['input', 'in.mtz'],
        ['output', 'out.mtz'],
      ],
    );
  });

  when('an input that turned out to be written only is none, and tied to nothing', async (lab) => {
    const recorder = new LabRecorder(lab);
    const first = await recorder.record({ project });
    await recorder.finish(first, { outputs: ['/data/out.mtz'] });
    const second = await recorder.record({ project, inputs: ['/data/in.mtz', '/data/out.mtz'] });
    assert.equal((await lab.job('2')).files[1]?.madeBy?.ref, `${project}/1`);
    await recorder.finish(second, { inputs: ['/data/in.mtz'], outputs: ['/data/out.mtz'] });
    const { files } = await lab.job('2');
    assert.deepEqual(
      files.map(({ role, path, madeBy }) => [role, path, madeBy ?? null]),
      [
        ['input', '/data/in.mtz', null],
        ['output', '/data/out.mtz', null],
      ],
    );
  });

  when('told instants never lie in the future, nor an end before its start', async (lab) => {
    const recorder = new LabRecorder(lab);
    const now = lab.clock.now();
    const run = await recorder.record({ project, startedAt: now + 60_000 });
    assert.equal(run.job.startedAt, now);
    const job = await recorder.finish(run, { finishedAt: now - 60_000 });
    assert.equal(job.finishedAt, now);
  });

  when('the same key answers the same job, whatever else is told', async (lab) => {
    const recorder = new LabRecorder(lab);
    const first = await recorder.record({ project, key: recorder.key(1) });
    const again = await recorder.record({ project, key: recorder.key(1).toUpperCase(), title: 'other' });
    assert.deepEqual([again.job, again.attempt, again.epoch], [first.job, first.attempt, first.epoch]);
    await recorder.finish(first);
    const ended = await recorder.record({ project, key: recorder.key(1) });
    assert.deepEqual(
      [ended.job.state, ended.attempt, ended.epoch],
      ['succeeded', first.attempt, first.epoch],
    );
    assert.equal((await lab.list()).length, 1);
  });

  when('a run that had ended before it could be told is recorded whole', async (lab) => {
    const recorder = new LabRecorder(lab);
    const startedAt = lab.clock.now() - 3_600_000;
    const ended = {
      finishedAt: startedAt + 1_000,
      outcome: 'succeeded',
      exitCode: 0,
      outputs: ['x'],
    } as const;
    const told = { project, startedAt, ended, key: recorder.key(1) };
    const { job } = await recorder.record(told);
    assert.deepEqual([job.state, job.startedAt, job.finishedAt], ['succeeded', startedAt, startedAt + 1_000]);
    assert.equal(job.revision, 2);
    await lab.changesNothing(() => recorder.record(told));
    assert.deepEqual((await lab.storage.status()).jobs, { succeeded: 1 });
  });

  when('a run that is told again with its end ends', async (lab) => {
    const recorder = new LabRecorder(lab);
    await recorder.record({ project, key: recorder.key(1) });
    const ended = { finishedAt: lab.clock.now(), outcome: 'cancelled' } as const;
    const { job } = await recorder.record({ project, key: recorder.key(1), ended });
    assert.deepEqual([job.state, job.reason], ['cancelled', 'reported']);
  });

  when('a run of which nothing is heard is lost, and takes its late end', async (lab) => {
    const recorder = new LabRecorder(lab);
    const run = await recorder.record({ project, leaseMs: 5_000 });
    await lab.pass(4_999);
    assert.equal(await lab.state('1'), 'running');
    const swept = await lab.pass(1);
    assert.deepEqual([await lab.state('1'), swept.moved], ['lost/lease_lost', 1]);
    await lab.changesNothing(() => lab.storage.sweep());
    const [attempt] = await lab.attempts('1');
    assert.deepEqual([attempt?.outcome, attempt?.epoch], [null, run.epoch]);
    assert.equal((await recorder.finish(run)).state, 'succeeded');
    assert.equal((await lab.attempts('1')).length, 1);
  });

  when('a renewal keeps a run alive, and brings a lost one back', async (lab) => {
    const recorder = new LabRecorder(lab);
    const run = await recorder.record({ project, leaseMs: 5_000 });
    for (let times = 0; times < 3; times++) {
      await lab.pass(4_999);
      assert.deepEqual(await recorder.renew(run, 0.25 * times), { leaseMs: 5_000, cancel: false });
    }
    assert.equal((await lab.job('1')).progress?.fraction, 0.5);
    await lab.pass(5_000);
    assert.equal(await lab.state('1'), 'lost/lease_lost');
    await recorder.renew(run);
    assert.equal(await lab.state('1'), 'running');
    await lab.pass(5_000);
    await recorder.record({ project, key: recorder.lastKey });
    assert.equal(await lab.state('1'), 'running', 'to tell of it again is a sign of life too');
    await lab.pass(4_999);
    assert.equal(await lab.state('1'), 'running');
  });

  when('a gap between sweeps extends the lease of a run once', async (lab) => {
    const recorder = new LabRecorder(lab);
    await recorder.record({ project, leaseMs: 5_000 });
    await lab.storage.sweep();
    lab.clock.advance(600_000);
    assert.equal((await lab.storage.sweep()).extendedMs, 600_000);
    await lab.pass(4_999);
    assert.equal(await lab.state('1'), 'running');
    await lab.pass(1);
    assert.equal(await lab.state('1'), 'lost/lease_lost');
  });

  when(
    'a run that was renewed after a gap, before the sweep that finds it, has a whole lease and not more',
    async (lab) => {
      const recorder = new LabRecorder(lab);
      const run = await recorder.record({ project, leaseMs: 5_000 });
      await lab.storage.sweep();
      lab.clock.advance(600_000);
      await recorder.renew(run);
      await lab.storage.sweep();
      await lab.pass(4_999);
      assert.equal(await lab.state('1'), 'running');
      await lab.pass(1);
      assert.equal(await lab.state('1'), 'lost/lease_lost');
    },
  );

  when('a run is asked to stop by its next renewal, and ends as cancelled', async (lab) => {
    const recorder = new LabRecorder(lab);
    const run = await recorder.record({ project });
    await lab.act('cancel', '1');
    assert.equal((await recorder.renew(run)).cancel, true);
    const job = await recorder.finish(run, { outcome: 'failed', exitCode: null, reason: 'signal' });
    assert.deepEqual([job.state, job.reason], ['cancelled', 'requested']);
    await lab.changesNothing(() => recorder.finish(run, { outcome: 'failed', reason: 'signal' }));
  });

  when('a lost run that somebody cancelled keeps a late end as a late report', async (lab) => {
    const recorder = new LabRecorder(lab);
    const run = await recorder.record({ project, leaseMs: 1_000 });
    await lab.pass(1_000);
    await lab.act('cancel', '1');
    const events = await lab.eventsOf(async () => {
      assert.equal((await recorder.finish(run, { outputs: ['x'] })).state, 'cancelled');
    });
    assert.deepEqual(
      events.map(({ type }) => type),
      ['report.late'],
    );
    assert.deepEqual((await lab.job('1')).files, []);
    await lab.refuses('epoch_stale', () => recorder.renew(run));
  });

  when('a run is not retried', async (lab) => {
    const recorder = new LabRecorder(lab);
    await recorder.finish(await recorder.record({ project }), { outcome: 'failed' });
    await lab.refuses('state_conflict', () => lab.act('retry', '1'));
  });

  when('only its owner tells of a run', async (lab) => {
    const run = await new LabRecorder(lab).record({ project });
    const bob = new LabRecorder(lab, {
      name: 'bob',
      grants: [{ role: 'admin', project: null }],
      attempt: null,
    });
    const reader: Principal = { name: 'ada', grants: [{ role: 'viewer', project: null }], attempt: null };
    for (const stranger of [bob, new LabRecorder(lab, reader)]) {
      await lab.refuses('forbidden', () => stranger.renew(run));
      await lab.refuses('forbidden', () => stranger.finish(run));
      await lab.refuses('forbidden', () => stranger.record({ project, key: new LabRecorder(lab).key(1) }));
    }
    const node = await lab.worker();
    await lab.submit();
    const offer = await lab.started(node);
    await lab.refuses('attempt_unknown', () => new LabRecorder(lab).finish(offer));
    await lab.refuses('attempt_unknown', () => new LabRecorder(lab).renew({ attempt: 'nonsense', epoch: 1 }));
  });

  when('workers neither get nor end runs', async (lab) => {
    const run = await new LabRecorder(lab).record({ project });
    const node = await lab.worker();
    assert.deepEqual(await node.offers(5), []);
    assert.equal((await node.finish(run, 'succeeded')).applied, false);
    assert.equal(await lab.state('1'), 'running');
  });

  when('a run that names no project goes into the innermost one that holds its folder', async (lab) => {
    await lab.createProject('outer', '/data');
    await lab.createProject('inner', '/data/toxd/');
    await lab.createProject('beside', '/data/toxd2');
    const recorder = new LabRecorder(lab);
    const places = ['/data/toxd/refine/1', '/data/toxd', '/data/toxd/../x', '/data'];
    const found = [];
    for (const folder of places) found.push((await recorder.record({ folder })).job.project);
    assert.deepEqual(found, ['inner', 'inner', 'outer', 'outer']);
  });

  when('of projects in which it may not write, a run takes the next outer one', async (lab) => {
    await lab.createProject('outer', '/data');
    await lab.createProject('inner', '/data/toxd');
    const grants = [{ role: 'contributor', project: 'outer' }] as const;
    const recorder = new LabRecorder(lab, { name: 'ada', grants, attempt: null });
    assert.equal((await recorder.record({ folder: '/data/toxd/1' })).job.project, 'outer');
    await lab.refuses('forbidden', () => recorder.record({ folder: '/home/ada' }));
  });

  when('a run outside of every project begins one, named after its folder', async (lab) => {
    const recorder = new LabRecorder(lab);
    const names = [];
    for (const folder of ['/home/ada/toxd', '/home/bob/toxd', '/home/ada/Größe & Masse', '/', '/home/ada/…'])
      names.push((await recorder.record({ folder })).job.project);
    assert.deepEqual(names, ['toxd-2', 'toxd-3', 'Gro-e-Masse', 'project', 'project']);
    const { job, newProject } = await recorder.record({ folder: '/srv/a', projectName: 'toxd' });
    assert.deepEqual([job.project, newProject], ['project', false], 'the project of / holds everything');
    assert.equal((await lab.storage.getProject({ name: 'toxd-2' })).directory, '/home/ada/toxd');
  });

  when('a run that names a project begins it if there is none, also when it is told late', async (lab) => {
    const recorder = new LabRecorder(lab);
    const ended = { finishedAt: lab.clock.now(), outcome: 'succeeded' } as const;
    const first = await recorder.record({ project: 'new', folder: '/data/new/1', ended });
    const again = await recorder.record({ project: 'new', folder: '/data/new/2' });
    assert.deepEqual(
      [first, again].map(({ job, newProject }) => [job.project, job.number, newProject]),
      [
        ['new', '1', true],
        ['new', '2', false],
      ],
    );
    assert.equal((await lab.storage.getProject({ name: 'new' })).directory, '/data/new/1');
    await recorder.record({ project: 'label', folder: '/data/new/1/sub' });
    assert.equal((await lab.storage.getProject({ name: 'label' })).directory, null);
    assert.equal((await recorder.record({ folder: '/data/new/1/sub' })).job.project, 'new');
  });

  when(
    'a run begins no project where its recorder may make none, or its parent is to be there',
    async (lab) => {
      const grants = [{ role: 'contributor', project: 'new' }] as const;
      const ada = new LabRecorder(lab, { name: 'ada', grants, attempt: null });
      await lab.refuses('project_unknown', () => ada.record({ project: 'new' }));
      const recorder = new LabRecorder(lab);
      await lab.refuses('project_unknown', () => recorder.record({ project: 'new', parent: '1' }));
      await lab.createProject('new', '/data/new');
      assert.equal((await ada.record({ project: 'new' })).newProject, false);
    },
  );

  when('a project that moved, or was deleted, holds its old folder no more', async (lab) => {
    await lab.createProject(elsewhere, '/old');
    const by = { principal: 'ada' };
    await lab.storage.updateProject({ by, name: elsewhere, revision: null, directory: '/new' });
    const recorder = new LabRecorder(lab);
    const moved = await recorder.record({ folder: '/new/sub' });
    assert.equal(moved.job.project, elsewhere);
    assert.equal((await recorder.record({ folder: '/old/sub' })).job.project, 'sub');
    await recorder.finish(moved);
    await lab.storage.deleteProject({ by, name: elsewhere });
    assert.equal((await recorder.record({ folder: '/new/sub' })).job.project, 'sub-2');
  });

  when('a run may be the child of a job', async (lab) => {
    await lab.submit({ command: null });
    const recorder = new LabRecorder(lab);
    const run = await recorder.record({ project, parent: '1' });
    assert.deepEqual([run.job.number, await lab.state('1')], ['1.1', 'running']);
    await recorder.finish(run);
    assert.equal(await lab.state('1'), 'succeeded');
  });

  when(
    'after a restore a run is lost, and goes on when it is told again',
    async (lab) => {
      const recorder = new LabRecorder(lab);
      const run = await recorder.record({ project });
      const { taken } = await lab.storage.startIncarnation();
      assert.deepEqual([await lab.state('1'), taken], ['lost/restored', 1]);
      assert.equal((await recorder.finish(run)).state, 'lost', 'its old epoch counts no more');
      const again = await recorder.record({ project, key: recorder.lastKey });
      assert.ok(again.epoch > run.epoch);
      assert.equal(again.job.state, 'running');
      assert.equal((await recorder.finish(again)).state, 'succeeded');
    },
    { trimmed: true },
  );

  when('a run with ten thousand outputs is recorded in one act', async (lab) => {
    const recorder = new LabRecorder(lab);
    const run = await recorder.record({ project });
    const outputs = Array.from({ length: 10_000 }, (_, index) => `out/${index}.dat`);
    await recorder.finish(run, { outputs });
    const listed = [];
    for (let after: string | undefined; ; ) {
      const page = await lab.storage.listFiles({
        ...{ project, number: '1', limit: 1000 },
        ...(after === undefined ? {} : { after }),
      });
      listed.push(...page.items.map(({ path }) => path));
      if (page.next === null) break;
      after = page.next;
    }
    assert.deepEqual(listed, outputs);
  });
}
