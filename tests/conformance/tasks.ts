/** Declared tasks, and runs of tasks: no two with the same parameters are unfinished at one time. */
import assert from 'node:assert/strict';
import { specifyJob } from '../../src/core/jobs/specify.ts';
import { checkTask } from '../../src/core/tasks/definition.ts';
import type { Harness } from './harness.ts';
import { ada, casesFor, type Lab, project } from './lab.ts';

const refOf = ({ number }: { readonly number: string }): string => `${project}/${number}`;

export function tasks(harness: Harness): void {
  const when = casesFor(harness);

  const declare = (lab: Lab, name: string, principal = 'ada', description = '') =>
    lab.storage.declareTasks({ by: { principal }, tasks: [checkTask({ name, description })] });
  const begin = async (lab: Lab, once: string, task = 'build') => {
    const spec = { ...specifyJob({ task }, 'ada'), once };
    const [job] = await lab.storage.insertJobs({ by: ada, project, jobs: [spec] });
    assert.ok(job);
    return job;
  };
  const find = (lab: Lab, digest: string, task = 'build') => lab.storage.findTaskRun({ task, digest });

  when('a declared task is kept, declared anew by its principal only, and listed by name', async (lab) => {
    await declare(lab, 'b', 'ada', 'first');
    await declare(lab, 'a', 'mia');
    lab.clock.advance(5);
    await declare(lab, 'b', 'ada', 'second');
    const found = await lab.storage.findTask({ name: 'b' });
    assert.deepEqual(found, {
      task: checkTask({ name: 'b', description: 'second' }),
      principal: 'ada',
      declaredAt: lab.clock.now(),
    });
    await lab.refuses('forbidden', () => declare(lab, 'b', 'mia', 'third'));
    assert.deepEqual(await lab.storage.findTask({ name: 'b' }), found);
    const { items } = await lab.storage.listTasks();
    assert.deepEqual(
      items.map(({ task, principal }) => [task.name, principal]),
      [
        ['a', 'mia'],
        ['b', 'ada'],
      ],
    );
    assert.equal(await lab.storage.findTask({ name: 'c' }), null);
  });

  when('a declared task goes a week after the last worker that had it, and its name is free', async (lab) => {
    const hour = 3_600_000;
    const week = 7 * 24 * hour;
    const after = async (ms: number): Promise<readonly string[]> => {
      lab.clock.advance(ms);
      await lab.storage.sweep();
      return (await lab.storage.listTasks()).items.map(({ task }) => task.name);
    };
    // Of a worker that is lost: a silence of the servers is no silence of those that are not.
    const comeAndGo = async (name: string, tasks: readonly string[]): Promise<void> => {
      await lab.worker({ principal: 'ada', name, tasks });
      await lab.pass(lab.durations.leaseMs + lab.durations.sweepMs);
    };
    await declare(lab, 'a', 'ada');
    await declare(lab, 'b', 'bob');
    await comeAndGo('one', ['a']);
    await comeAndGo('other', ['b']);
    assert.deepEqual(await after(week - hour), ['a', 'b']);
    await comeAndGo('one', ['a']);
    assert.deepEqual(await after(2 * hour), ['a'], 'nobody of its account has had the other');
    assert.deepEqual(await after(week - 4 * hour), ['a'], 'its worker was seen since');
    assert.deepEqual(await after(4 * hour), []);
    await declare(lab, 'a', 'mia');
  });

  when('a second run with the same parameters is refused while the first is unfinished', async (lab) => {
    const first = await begin(lab, 'd1');
    await lab.refuses('task_already_running', () => begin(lab, 'd1'));
    await begin(lab, 'd2');
    await begin(lab, 'd1', 'other');
    assert.deepEqual(await find(lab, 'd1'), { project, number: first.number });
    await lab.act('cancel', refOf(first));
    const second = await begin(lab, 'd1');
    assert.deepEqual(await find(lab, 'd1'), { project, number: second.number });
    await lab.refuses('task_already_running', () => begin(lab, 'd1'));
  });

  when('of two equal runs in one request, neither is kept', async (lab) => {
    const spec = { ...specifyJob({ task: 'build' }, 'ada'), once: 'd' };
    await lab.refuses('task_already_running', () =>
      lab.storage.insertJobs({ by: ada, project, jobs: [spec, spec] }),
    );
    assert.equal(await find(lab, 'd'), null);
  });

  when('an ended run is not tried again beside a newer one that is unfinished', async (lab) => {
    const first = await begin(lab, 'd');
    await lab.act('cancel', refOf(first));
    const second = await begin(lab, 'd');
    await lab.refuses('task_already_running', () => lab.act('retry', refOf(first)));
    await lab.act('cancel', refOf(second));
    await lab.act('retry', refOf(first));
    await lab.refuses('task_already_running', () => begin(lab, 'd'));
  });

  when('what was purged was never run', async (lab) => {
    const run = await begin(lab, 'd');
    await lab.act('cancel', refOf(run));
    await lab.act('trash', refOf(run));
    assert.deepEqual(await find(lab, 'd'), { project, number: run.number });
    const place = { project, number: run.number };
    await lab.storage.purgeJobs({ by: ada, places: [place], force: false });
    assert.equal(await find(lab, 'd'), null);
  });

  when('of runs begun at the same time, one is kept', async (lab) => {
    const tries = await Promise.allSettled(Array.from({ length: 20 }, () => begin(lab, 'd')));
    assert.equal(tries.filter(({ status }) => status === 'fulfilled').length, 1);
  });
}
