/** The programs themselves, each in its process, with a message harmed on its way: done once, and told so. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import type { Job } from '@labkeep/client';
import { Home } from '../cli/support/labkeep.ts';
import { type Harm, harms, harmText } from './fates.ts';
import { project } from './gather-facts.ts';
import { Scene } from './scene.ts';

const isLong = process.env.LABKEEP_TEST_PROTOCOL === 'long';
/** What costs no wait for an answer that never comes: a program waits half a minute for it. */
const quick = harms.filter(({ fate }) => fate === 'lost' || fate === 'cut short' || fate === 'doubled');
/** In the short form: what was done, and nobody was told. */
const chosen = isLong ? quick : quick.filter(({ side, fate }) => side === 'answer' && fate === 'lost');

const home = new Home();
after(() => home.clean());

async function jobsOf(scene: Scene, title: string): Promise<readonly Job[]> {
  const { items } = await scene.server.ok('GET', `/v1/projects/${project}/jobs?limit=1000`);
  return items.filter((job: Job) => job.title === title);
}

function envOf(scene: Scene): Record<string, string> {
  return { LABKEEP_SERVER: scene.url, LABKEEP_TOKEN: scene.token, LABKEEP_DATA: home.path('mine') };
}

test('a job that is submitted is there once, whatever becomes of the message', async (t) => {
  const scene = await Scene.open(t, { storage: 'memory' });
  for (const harm of chosen) {
    const title = harmText(harm);
    const harmed = scene.arm('POST /project/jobs', harm);
    const args = ['submit', '-p', project, '--title', title, '--', 'true'];
    const { code, stdout, stderr } = await home.run(args, { env: envOf(scene) });
    await harmed;
    const jobs = await jobsOf(scene, title);
    assert.deepEqual([code, stdout, jobs.length], [0, `${jobs[0]?.ref}\n`, 1], `${title}: ${stderr}`);
  }
});

test('a command is run once, and its run is on record once, whatever becomes of a message', async (t) => {
  const scene = await Scene.open(t, { storage: 'memory' });
  mkdirSync(home.path('toxd'));
  for (const message of ['POST /v1/runs', 'POST /v1/runs/finish'])
    for (const harm of chosen) await runOnce(scene, message, harm);
});

async function runOnce(scene: Scene, message: string, harm: Harm): Promise<void> {
  const title = `${message}: ${harmText(harm)}`;
  const harmed = scene.arm(message, harm);
  const ledger = home.path('toxd', title.replaceAll(/\W+/g, '-'));
  const args = ['run', '-p', project, '--title', title, '--', 'sh', '-c', `echo once >> ${ledger}`];
  const { code, stderr } = await home.run(args, { cwd: home.path('toxd'), env: envOf(scene) });
  await harmed;
  const jobs = (await jobsOf(scene, title)).map(({ state, attempts }) => [state, attempts]);
  assert.deepEqual([code, jobs], [0, [['succeeded', 1]]], `${title}: ${stderr}`);
  assert.equal(readFileSync(ledger, 'utf8'), 'once\n', title);
}
