/** Random runs, queued jobs, retries and moves of a directory: ties are what the rule says, and close no circle. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { FileMention } from '../../src/core/jobs/job.ts';
import type { OfferedJob } from '../../src/ports/records/workers.ts';
import type { Harness } from './harness.ts';
import { Lab, placeOf, project } from './lab.ts';
import { LabRecorder } from './lab-recorder.ts';
import type { LabWorker } from './lab-worker.ts';
import { playRandom } from './random-histories.ts';
import { type Named, TiesOracle } from './ties-oracle.ts';

const movesMax = 40;
const searchMs = 30_000;
const allHistoriesMs = 5 * 60_000;
const digestOfNothing = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

const files = ['/data/toxd/a', '/data/toxd/b', '/elsewhere/ü\n', 'raw:c', 'raw:sub/d'] as const;
const contents = [null, 'nothing', 'a', 'b'] as const;

const named: fc.Arbitrary<readonly Named[]> = fc.uniqueArray(
  fc.record({ file: fc.constantFrom(...files), content: fc.constantFrom(...contents) }),
  { maxLength: 3, selector: ({ file }) => file },
);
const waitMs = fc.integer({ min: 0, max: 2 });
const which = fc.nat(9);
const move = fc.oneof(
  fc.record({ kind: fc.constant('begin' as const), inputs: named, waitMs }),
  fc.record({ kind: fc.constant('end' as const), which, outputs: named, waitMs }),
  fc.record({
    ...{ kind: fc.constant('replay' as const), inputs: named, outputs: named, waitMs },
    ago: fc.integer({ min: 0, max: 6 }),
  }),
  fc.record({ kind: fc.constant('submit' as const), inputs: named, waitMs }),
  fc.record({ kind: fc.constant('start' as const), waitMs }),
  fc.record({ kind: fc.constant('finish' as const), which, outputs: named, well: fc.boolean(), waitMs }),
  fc.record({ kind: fc.constant('relocate' as const), waitMs }),
);
type Move = typeof move extends fc.Arbitrary<infer T> ? T : never;

export function tiesModel(harness: Harness): void {
  const skip = harness.unavailable ?? false;
  const name = `${harness.name}: in random histories ties are what the rule says, and close no circle`;
  test(name, { skip, timeout: allHistoriesMs }, async () => {
    const histories = fc.array(move, { minLength: 5, maxLength: movesMax, size: 'max' });
    const play = async (moves: Move[]) => {
      const lab = await Lab.open(harness, {});
      try {
        const history = new History(lab, await lab.worker());
        await history.begin();
        for (const each of moves) await history.play(each);
        await history.checkEnd();
      } finally {
        await lab.close();
      }
    };
    await playRandom({ histories, runs: harness.histories, searchMs, play });
  });
}

interface Running {
  readonly ref: string;
  readonly attempt: string;
  readonly epoch: number;
  readonly startedAt: number;
}

class History {
  readonly #lab: Lab;
  readonly #worker: LabWorker;
  readonly #recorder: LabRecorder;
  readonly #oracle = new TiesOracle();
  readonly #runs: Running[] = [];
  readonly #held: OfferedJob[] = [];
  #moves = 0;

  constructor(lab: Lab, worker: LabWorker) {
    this.#lab = lab;
    this.#worker = worker;
    this.#recorder = new LabRecorder(lab);
  }

  async begin(): Promise<void> {
    await this.#place();
  }

  #place() {
    const by = { principal: 'ada' };
    return this.#lab.storage.saveDirectory({ by, project, alias: 'raw', path: this.#raw });
  }

  get #raw(): string {
    return `/raw-${this.#moves}`;
  }

  async play(it: Move): Promise<void> {
    this.#lab.clock.advance(it.waitMs);
    const now = this.#lab.clock.now();
    switch (it.kind) {
      case 'begin': {
        const { job, attempt, epoch } = await this.#recorder.record({
          project,
          inputs: this.#mention(it.inputs),
        });
        const ref = `${project}/${job.number}`;
        this.#runs.push({ ref, attempt, epoch, startedAt: now });
        this.#oracle.told(ref, it.inputs);
        this.#oracle.starts(ref, 1, now);
        return this.#check(ref);
      }
      case 'end': {
        const [run] = this.#runs.splice(it.which % (this.#runs.length || 1), 1);
        if (run === undefined) return;
        await this.#recorder.finish(run, { outputs: this.#mention(it.outputs) });
        this.#oracle.starts(run.ref, 1, run.startedAt);
        this.#oracle.made(run.ref, 1, it.outputs, now);
        return this.#check(run.ref);
      }
      case 'replay': {
        const startedAt = now - it.ago;
        const finishedAt = Math.min(now, startedAt + 1);
        const ended = { finishedAt, outcome: 'failed', outputs: this.#mention(it.outputs) } as const;
        const inputs = this.#mention(it.inputs);
        const { job } = await this.#recorder.record({ project, inputs, startedAt, ended });
        const ref = `${project}/${job.number}`;
        this.#oracle.told(ref, it.inputs);
        this.#oracle.starts(ref, 1, startedAt);
        this.#oracle.made(ref, 1, it.outputs, finishedAt);
        return this.#check(ref);
      }
      case 'submit': {
        const inputs = this.#mention(it.inputs);
        const { number } = await this.#lab.submit({ inputs, retry: { max: 3, delayMs: 0 } });
        const ref = `${project}/${number}`;
        this.#oracle.told(ref, it.inputs);
        this.#oracle.starts(ref, 1, now, true);
        return this.#check(ref);
      }
      case 'start': {
        for (const offer of await this.#worker.take(2)) {
          this.#held.push(offer);
          const ref = `${project}/${offer.number}`;
          this.#oracle.starts(ref, offer.attemptNumber, now);
          await this.#check(ref);
        }
        return;
      }
      case 'finish': {
        const [offer] = this.#held.splice(it.which % (this.#held.length || 1), 1);
        if (offer === undefined) return;
        const outputs = this.#mention(it.outputs);
        await this.#worker.finish(offer, it.well ? 'succeeded' : 'failed', { outputs });
        this.#oracle.made(`${project}/${offer.number}`, offer.attemptNumber, it.outputs, now);
        return;
      }
      case 'relocate':
        this.#moves++;
        await this.#place();
    }
  }

  #mention(inputs: readonly Named[]): readonly FileMention[] {
    return inputs.map(({ file, content }) => {
      const path = file.startsWith('raw:') ? `${this.#raw}/${file.slice(4)}` : file;
      if (content === null) return { path };
      return { path, sha256: content === 'nothing' ? digestOfNothing : content.repeat(64) };
    });
  }

  async #check(ref: string): Promise<void> {
    const { files: shown } = await this.#lab.job(ref);
    const found = shown.flatMap(({ path, madeBy }) => (madeBy ? [[nameOf(path), madeBy] as const] : []));
    assert.deepEqual(Object.fromEntries(found), this.#oracle.expected(ref), `the ties of ${ref}`);
  }

  async checkEnd(): Promise<void> {
    for (const ref of this.#oracle.refs) {
      await this.#check(ref);
      assert.ok(!this.#oracle.kin(ref, 'ancestors').has(ref), `${ref} is in no circle`);
      for (const direction of ['ancestors', 'descendants'] as const) {
        const asked = { direction, depth: 1_000, limit: 1_000, only: null };
        const { nodes, edges } = await this.#lab.storage.traceJobs({ of: placeOf(ref), ...asked });
        for (const { file } of edges)
          assert.ok(
            !file.startsWith('/raw-') || file.startsWith(`${this.#raw}/`),
            `${file} is where it is now`,
          );
        const found = nodes.map((node) => node.ref).filter((each) => each !== ref);
        assert.deepEqual(
          found.sort(),
          [...this.#oracle.kin(ref, direction)].sort(),
          `${direction} of ${ref}`,
        );
      }
    }
    for (const file of files) await this.#checkOrigin(file);
  }

  /** What is behind a file, whole and cut off. */
  async #checkOrigin(file: (typeof files)[number]): Promise<void> {
    const path = file.startsWith('raw:') ? `${this.#raw}/${file.slice(4)}` : file;
    const maker = this.#oracle.maker(file);
    const asked = { path, sha256: digestOfNothing, only: null };
    const { madeBy, steps, complete } = await this.#lab.storage.findOrigin({ ...asked, depth: 1_000 });
    assert.equal(madeBy === null ? null : `${madeBy.ref} ${madeBy.attempt}`, maker && keyOf(maker), path);
    const behind = maker === null ? [] : [...this.#oracle.behind(maker)];
    assert.deepEqual(steps.map(keyOf).sort(), behind.sort(), `what is behind ${path}`);
    assert.equal(complete, true);
    for (const step of steps) {
      const found = step.inputs.flatMap((input) =>
        input.madeBy === null ? [] : [[nameOf(input.path), input.madeBy] as const],
      );
      assert.deepEqual(new Map(found), this.#oracle.tiesOf(step), `what ${keyOf(step)} read`);
    }
    const cut = await this.#lab.storage.findOrigin({ ...asked, depth: 2 });
    assert.deepEqual(cut.steps, steps.slice(0, cut.steps.length), 'nearest first');
    assert.equal(cut.complete, cut.steps.length === steps.length);
  }
}

function keyOf({ ref, attempt }: { readonly ref: string; readonly attempt: number }): string {
  return `${ref} ${attempt}`;
}

function nameOf(path: string): string {
  return path.replace(/^\/raw-\d+\//, 'raw:');
}
