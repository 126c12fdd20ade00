/** No job may wait for itself by way of a parent, which waits for its children. */
import assert from 'node:assert/strict';
import type { JobRequest } from '../../src/core/jobs/specify.ts';
import type { Harness } from './harness.ts';
import { casesFor, type Lab } from './lab.ts';

const container: JobRequest = { command: null };

export function circles(harness: Harness): void {
  const when = casesFor(harness);

  when('a job does not come after its own parent without work', async (lab) => {
    await lab.submit(container);
    await lab.submit({ parent: '1', ...container });
    for (const ancestor of ['1', '1.1'])
      await refusesCircle(lab, { parent: '1.1', after: [{ job: ancestor }] }, ancestor);
  });

  when('nor after a job that comes after its parent, however far', async (lab) => {
    await lab.submit(container);
    await lab.submit({ after: [{ job: '1' }] });
    await lab.submit({ after: [{ job: '2', on: 'any' }], submit: false });
    for (const job of ['2', '3']) await refusesCircle(lab, { parent: '1', after: [{ job }] }, job);
    await lab.createProject('other');
    const [far] = await lab.submitAll([{ after: [{ job: 'toxd/3', on: 'failure' }] }], { project: 'other' });
    assert.equal(far?.number, '1');
    await refusesCircle(lab, { parent: '1', after: [{ job: 'other/1' }] }, 'other/1');
  });

  when('nor after another parent whose child waits for its own', async (lab) => {
    await lab.submitAll([container, container]);
    await lab.submit({ parent: '1', after: [{ job: '2' }] });
    await refusesCircle(lab, { parent: '2', after: [{ job: '1' }] }, '1');
    await refusesCircle(lab, { parent: '2', after: [{ job: '1.1' }] }, '1.1');
  });

  when('nor by way of others of the same request', async (lab) => {
    await lab.submit(container);
    const fault = await lab.refuses('dependency_cycle', () =>
      lab.submitAll([{ parent: '1', after: [{ job: 1 }] }, { after: [{ job: '1' }] }]),
    );
    assert.match(fault.said.field ?? '', /^jobs\[\d\]\.after\[0\]\.job$/);
    await lab.submitAll([container, container]);
    await lab.refuses('dependency_cycle', () =>
      lab.submitAll([
        { parent: '2', after: [{ job: '3' }] },
        { parent: '3', after: [{ job: '2' }] },
      ]),
    );
  });

  when('a parent that had ended is opened again, and waits as any other', async (lab) => {
    await lab.submit(container);
    await lab.submit({ parent: '1' });
    await lab.submit({ after: [{ job: '1' }], submit: false });
    await lab.act('cancel', '1.1');
    await refusesCircle(lab, { parent: '1', after: [{ job: '2' }] }, '2');
  });

  when('what a job comes after is asked again when it is submitted or retried', async (lab) => {
    await lab.submitAll([container, container]);
    await lab.submit({ parent: '2' });
    await lab.act('cancel', '2.1');
    await lab.submitAll([
      { parent: '1', after: [{ job: '2', on: 'any' }], submit: false },
      { parent: '1', after: [{ job: '2', on: 'any' }] },
    ]);
    await lab.submit({ parent: '2', after: [{ job: '1' }] });
    await lab.act('cancel', '1.2');
    await lab.refuses('dependency_cycle', () => lab.act('submit', '1.1'));
    await lab.refuses('dependency_cycle', () => lab.act('retry', '1.2'));
    await lab.act('cancel', '2.2');
    await lab.act('submit', '1.1');
    assert.equal(await lab.state('1.1'), 'ready');
  });

  when('siblings, uncles and parents with work of their own are no circle', async (lab) => {
    await lab.submitAll([container, {}]);
    await lab.submit({ after: [{ job: '1' }] });
    await lab.submit({ parent: '1' });
    await lab.submit({ parent: '1', after: [{ job: '1.1' }, { job: '2' }] });
    await lab.submit({ parent: '2', after: [{ job: '2' }] });
    await lab.submit({ parent: '3', after: [{ job: '1' }, { job: '3' }] });
    assert.deepEqual(await lab.states('1', '1.2', '2.1', '3.1'), [
      'running',
      'waiting/dependency',
      'waiting/dependency',
      'waiting/dependency',
    ]);
  });

  when('a job that has ended waits for nothing', async (lab) => {
    await lab.submit(container);
    await lab.submit({ after: [{ job: '1' }] });
    await lab.act('cancel', '2');
    await lab.submit({ parent: '1', after: [{ job: '2', on: 'any' }] });
    assert.equal(await lab.state('1.1'), 'ready');
  });
}

async function refusesCircle(lab: Lab, request: JobRequest, found: string): Promise<void> {
  const { said } = await lab.refuses('dependency_cycle', () => lab.submit(request));
  assert.deepEqual([said.field, said.found], ['jobs[0].after[0].job', found]);
}
