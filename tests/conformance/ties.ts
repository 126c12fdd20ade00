/** Which job made what an attempt read: found when it starts, and kept. */
import assert from 'node:assert/strict';
import type { FileMention, MadeBy } from '../../src/core/jobs/job.ts';
import type { RunRequest } from '../../src/core/jobs/record.ts';
import type { Harness } from './harness.ts';
import { ada, casesFor, type Lab, project } from './lab.ts';
import { LabRecorder } from './lab-recorder.ts';

const digestOf = (letter: string): string => letter.repeat(64);
const digestOfNothing = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

export function ties(harness: Harness): void {
  const when = casesFor(harness);

  when('an input is tied to the job that made the file at its path', async (lab) => {
    const lines = new Lines(lab);
    const maker = await lines.run([], ['/data/toxd/x.mtz']);
    const reader = await lines.run(['/data/toxd/x.mtz'], []);
    const tie = { ref: maker, attempt: 1, by: 'path', cyclic: false, provisional: false };
    assert.deepEqual(await lines.madeBy(reader), { '/data/toxd/x.mtz': tie });
    assert.deepEqual(await lines.madeBy(maker), {});
  });

  when('however a path is written, it is the same place', async (lab) => {
    const lines = new Lines(lab);
    const maker = await lines.run([], ['sub/../x.mtz', 'a b\n"ü".mtz', '🧬/é']);
    const reader = await lines.run(
      ['./x.mtz', '/data//toxd/x.mtz', 'a b\n"ü".mtz', '/data/toxd/🧬/é', 'y.mtz'],
      [],
    );
    assert.deepEqual(await lines.makers(reader), {
      './x.mtz': maker,
      '/data//toxd/x.mtz': maker,
      'a b\n"ü".mtz': maker,
      '/data/toxd/🧬/é': maker,
    });
  });

  when('of several makers of a file, the newest that had ended counts', async (lab) => {
    const lines = new Lines(lab);
    await lines.run([], ['x']);
    const second = await lines.run([], ['x'], { outcome: 'failed' });
    const running = await lines.begin([]);
    const reader = await lines.run(['x'], []);
    await lines.end(running, ['x']);
    assert.deepEqual(await lines.makers(reader), { x: second }, 'a failed attempt wrote it all the same');
    const later = await lines.run(['x'], []);
    assert.deepEqual(await lines.makers(later), { x: running.ref });
    assert.deepEqual(await lines.makers(reader), { x: second }, 'what was made since changes no old tie');
  });

  when('a run that is told late is tied by the times that are told', async (lab) => {
    const lines = new Lines(lab);
    const first = await lines.run([], ['x']);
    lab.clock.advance(60_000);
    const startedAt = lab.clock.now();
    lab.clock.advance(60_000);
    await lines.run([], ['x']);
    const ended = { finishedAt: startedAt + 1_000, outcome: 'succeeded', outputs: ['y'] } as const;
    const late = await new LabRecorder(lab).record({
      ...{ project, key: lines.recorder.key(900), inputs: ['x'], startedAt, ended },
    });
    assert.deepEqual(await lines.makers(`${project}/${late.job.number}`), { x: first });
  });

  when('what was told meanwhile of the time before a run counts at its end', async (lab) => {
    const lines = new Lines(lab);
    await lines.run([], ['x']);
    const maker = await lines.begin([]);
    lab.clock.advance(1_000);
    const finishedAt = lab.clock.now();
    lab.clock.advance(1_000);
    const reader = await lines.begin(['x']);
    await lines.recorder.finish(maker, { outputs: ['x'], finishedAt });
    await lines.end(reader, []);
    assert.deepEqual(await lines.makers(reader.ref), { x: maker.ref });
  });

  when('a file that was moved is known by its content', async (lab) => {
    const lines = new Lines(lab);
    const maker = await lines.run([], [{ path: 'x', size: 1, sha256: digestOf('a') }]);
    const reader = await lines.run([{ path: '/elsewhere/y', sha256: digestOf('a') }, '/elsewhere/z'], []);
    const [, tie] = Object.entries(await lines.madeBy(reader))[0] ?? [];
    assert.deepEqual([tie?.ref, tie?.by], [maker, 'content']);
    assert.deepEqual(Object.keys(await lines.madeBy(reader)), ['/elsewhere/y']);
  });

  when('a path goes before content, and an empty file has none', async (lab) => {
    const lines = new Lines(lab);
    const atPath = await lines.run([], [{ path: 'x', sha256: digestOf('a') }]);
    await lines.run([], [{ path: 'y', sha256: digestOf('b') }]);
    await lines.run([], [{ path: 'log', size: 0, sha256: digestOfNothing }]);
    const reader = await lines.run(
      [
        { path: 'x', sha256: digestOf('b') },
        { path: 'z', sha256: digestOfNothing },
      ],
      [],
    );
    assert.deepEqual(await lines.makers(reader), { x: atPath });
  });

  when('the same content in two places: the newest that made it counts', async (lab) => {
    const lines = new Lines(lab);
    await lines.run([], [{ path: 'x', sha256: digestOf('a') }]);
    const second = await lines.run([], [{ path: 'copy', sha256: digestOf('a') }]);
    const reader = await lines.run([{ path: 'third', sha256: digestOf('a') }], []);
    assert.deepEqual(await lines.makers(reader), { third: second });
  });

  when('a digest that comes at the end ties by content', async (lab) => {
    const lines = new Lines(lab);
    const maker = await lines.run([], [{ path: 'x', sha256: digestOf('a') }]);
    const reader = await lines.begin(['/elsewhere/y']);
    assert.deepEqual(await lines.makers(reader.ref), {});
    const inputs = [{ path: '/elsewhere/y', sha256: digestOf('a') }];
    await lines.recorder.finish(reader, { inputs });
    assert.deepEqual(await lines.makers(reader.ref), { '/elsewhere/y': maker });
  });

  when('a job that rewrites a file in place rests on who made it before, not on itself', async (lab) => {
    const lines = new Lines(lab);
    const maker = await lines.run([], ['x']);
    const first = await lines.run(['x'], ['x']);
    const second = await lines.run(['x'], ['x']);
    assert.deepEqual(await lines.makers(first), { x: maker });
    assert.deepEqual(await lines.makers(second), { x: first });
  });

  when('a directory is an output and an input like a file', async (lab) => {
    const lines = new Lines(lab);
    const maps = { path: 'maps', kind: 'directory' } as const;
    const maker = await lines.run([], [maps, 'x']);
    const reader = await lines.run([maps, 'x'], []);
    assert.deepEqual(await lines.makers(reader), { maps: maker, x: maker });
    const { files } = await lab.job(maker);
    assert.deepEqual(
      files.map(({ path, kind }) => [path, kind]),
      [
        ['maps', 'directory'],
        ['x', undefined],
      ],
    );
  });

  when('a file that is named twice is one file', async (lab) => {
    const lines = new Lines(lab);
    const twice = ['x', { path: 'x', sha256: digestOf('a') }];
    const maker = await lines.run([], twice);
    const reader = await lines.run(twice, []);
    assert.deepEqual(await lines.makers(reader), { x: maker });
    assert.equal((await lab.job(reader)).files.length, 1);
    assert.equal((await lab.job(maker)).files.length, 1);
  });

  when('a project that moves takes its files along', async (lab) => {
    await lab.storage.updateProject({ by: ada, name: project, revision: null, directory: '/data/toxd' });
    const lines = new Lines(lab);
    const maker = await lines.run([], ['x', '/data/other']);
    await lab.storage.updateProject({ by: ada, name: project, revision: null, directory: '/new/toxd' });
    const reader = await lines.run(['/new/toxd/x', '/data/toxd/x', '/data/other'], []);
    assert.deepEqual(await lines.makers(reader), { '/new/toxd/x': maker, '/data/other': maker });
  });

  when('files are found that were placed before a directory was registered', async (lab) => {
    const lines = new Lines(lab);
    const before = await lines.run([], ['x', 'sub/y']);
    await lab.storage.updateProject({ by: ada, name: project, revision: null, directory: '/data/toxd' });
    assert.deepEqual(await lines.makers(await lines.run(['x', 'sub/y'], [])), { x: before, 'sub/y': before });
    const between = await lines.run([], ['sub/y']);
    await lab.createProject('sub', '/data/toxd/sub');
    assert.deepEqual(await lines.makers(await lines.run(['x', 'sub/y'], [])), {
      x: before,
      'sub/y': between,
    });
    const after = await lines.run([], ['sub/y']);
    assert.deepEqual(await lines.makers(await lines.run(['sub/y'], [])), { 'sub/y': after });
  });

  when('ties cross projects', async (lab) => {
    await lab.createProject('other', '/other');
    const lines = new Lines(lab);
    const maker = await lines.run([], ['/other/x'], {}, { project: 'other', folder: '/other' });
    assert.equal(maker, 'other/1');
    assert.deepEqual(await lines.makers(await lines.run(['/other/x'], [])), { '/other/x': maker });
  });

  when('a queued job is tied when its attempt starts, and provisionally before', async (lab) => {
    const lines = new Lines(lab);
    const first = await lines.run([], ['x']);
    const job = await lab.submit({ directory: '/data/toxd', inputs: ['x', 'y'], hold: true });
    const ref = `${project}/${job.number}`;
    const provisional = { ref: first, attempt: 1, by: 'path', cyclic: false, provisional: true };
    assert.deepEqual(await lines.madeBy(ref), { x: provisional });
    const second = await lines.run([], ['x', 'y']);
    assert.deepEqual(await lines.madeBy(ref), { x: provisional });
    await lab.act('release', ref);
    await lab.started(await lab.worker());
    const found = { ref: second, attempt: 1, by: 'path', cyclic: false, provisional: false };
    assert.deepEqual(await lines.madeBy(ref), { x: found, y: found });
  });

  when('a draft has no ties until it is submitted', async (lab) => {
    const lines = new Lines(lab);
    const maker = await lines.run([], ['x', 'y']);
    const draft = await lab.submit({ directory: '/data/toxd', inputs: ['x'], submit: false });
    const ref = `${project}/${draft.number}`;
    assert.deepEqual(await lines.makers(ref), {});
    const place = { project, number: draft.number };
    await lab.storage.editJob({
      by: ada,
      place,
      revision: null,
      changes: { document: { inputs: [{ path: 'y' }] } },
    });
    await lab.act('submit', ref);
    assert.deepEqual(await lines.makers(ref), { y: maker });
  });

  when('what workers report is found by who reads it, and each attempt is tied anew', async (lab) => {
    const lines = new Lines(lab);
    const node = await lab.worker();
    const inputs = ['/data/toxd/x'];
    await lab.submit({ directory: '/data/toxd', retry: { max: 1, delayMs: 0 }, inputs });
    const first = await lines.run([], inputs);
    const tried = await lab.started(node);
    assert.deepEqual(await lines.makers('1'), { '/data/toxd/x': first });
    await node.finish(tried, 'failed', { outputs: [{ path: 'y' }] });
    const second = await lines.run(['y'], inputs);
    assert.deepEqual(await lines.makers(second), { y: `${project}/1` });
    await lab.started(node);
    const tie = { ref: second, attempt: 1, by: 'path', cyclic: true, provisional: false };
    assert.deepEqual(await lines.madeBy('1'), { '/data/toxd/x': tie }, 'it would close a circle');
  });

  when('a longer circle is seen too, and what is beside it is not flagged', async (lab) => {
    const lines = new Lines(lab);
    const node = await lab.worker();
    const document = { directory: '/data/toxd', inputs: ['x', 'beside'], retry: { max: 1, delayMs: 0 } };
    await lab.submit(document);
    await node.finish(await lab.started(node), 'failed', { outputs: [{ path: 'a' }] });
    await lines.run(['a'], ['b']);
    const last = await lines.run(['b'], ['x']);
    const beside = await lines.run([], ['beside']);
    await lab.started(node);
    const flags = Object.entries(await lines.madeBy('1')).map(([path, { ref, cyclic }]) => [
      path,
      ref,
      cyclic,
    ]);
    assert.deepEqual(flags, [
      ['x', last, true],
      ['beside', beside, false],
    ]);
  });

  when('files in the scratch folder of a worker have no place, and are known by content', async (lab) => {
    const lines = new Lines(lab);
    const node = await lab.worker();
    await lab.submit({});
    const outputs = [{ path: 'x', sha256: digestOf('a') }, { path: 'y' }];
    await node.finish(await lab.started(node), 'succeeded', { outputs });
    const reader = await lines.run([{ path: 'x', sha256: digestOf('a') }, '/y'], []);
    const [tie] = Object.values(await lines.madeBy(reader));
    assert.deepEqual([tie?.ref, tie?.by], [`${project}/1`, 'content']);
    assert.equal(Object.keys(await lines.madeBy(reader)).length, 1);
  });

  when('what a job that starts at once reads is tied in the same act', async (lab) => {
    const lines = new Lines(lab);
    const maker = await lines.run([], ['x']);
    await lab.submit({ directory: '/data/toxd', inputs: ['x'] });
    const node = await lab.worker();
    await lab.storage.claimJobs({
      ...{ worker: node.id, principal: 'ada', capacity: 1, held: null, startAtOnce: true },
    });
    const [tie] = Object.values(await lines.madeBy('2'));
    assert.deepEqual([tie?.ref, tie?.provisional], [maker, false]);
  });

  when('ten thousand inputs that one job made are tied in one act', async (lab) => {
    const lines = new Lines(lab);
    const paths = Array.from({ length: 10_000 }, (_, index) => `out/${index % 100}/${index}.dat`);
    const maker = await lines.run([], paths);
    const reader = await lines.run(paths, []);
    const { items } = await lab.storage.listFiles({ project, number: reader.slice(5), limit: 1000 });
    assert.equal(items.length, 1000);
    assert.ok(items.every(({ madeBy }) => madeBy?.ref === maker));
  });
}

interface Begun {
  readonly ref: string;
  readonly attempt: string;
  readonly epoch: number;
}

/** Runs one after another in /data/toxd, a second each. */
export class Lines {
  readonly recorder: LabRecorder;
  readonly #lab: Lab;

  constructor(lab: Lab) {
    this.#lab = lab;
    this.recorder = new LabRecorder(lab);
  }

  async begin(inputs: readonly (string | FileMention)[], more: Partial<RunRequest> = {}): Promise<Begun> {
    this.#lab.clock.advance(1_000);
    const { job, attempt, epoch } = await this.recorder.record({ project, inputs, ...more });
    return { ref: `${job.project}/${job.number}`, attempt, epoch };
  }

  async end(
    run: Begun,
    outputs: readonly (string | FileMention)[],
    more: { readonly outcome?: 'failed' | 'cancelled' } = {},
  ): Promise<void> {
    this.#lab.clock.advance(1_000);
    await this.recorder.finish(run, { outputs, ...more });
  }

  async run(
    inputs: readonly (string | FileMention)[],
    outputs: readonly (string | FileMention)[],
    end: { readonly outcome?: 'failed' | 'cancelled' } = {},
    more: Partial<RunRequest> = {},
  ): Promise<string> {
    const begun = await this.begin(inputs, more);
    await this.end(begun, outputs, end);
    return begun.ref;
  }

  /** What each input was made by, by its path. */
  async madeBy(ref: string): Promise<Record<string, MadeBy>> {
    const { files } = await this.#lab.job(ref);
    return Object.fromEntries(files.flatMap(({ path, madeBy }) => (madeBy ? [[path, madeBy]] : [])));
  }

  async makers(ref: string): Promise<Record<string, string>> {
    const tied = Object.entries(await this.madeBy(ref));
    return Object.fromEntries(tied.map(([path, { ref: maker }]) => [path, maker]));
  }
}
