import type { Job, LabkeepClient, NewJob } from '@labkeep/client';

/**
 * What a rerun of a job is told of its files. A recorded run found them itself; a worker looks only for those that are
 * named. What was read is named without its digest: it is to be read as it is now.
 */
export async function filesLikeBefore(
  client: LabkeepClient,
  ref: string,
): Promise<Pick<NewJob, 'inputs' | 'outputs'>> {
  const job = await client.jobs.get(ref);
  const inputs = job.inputs.map(({ path }) => path).filter((path) => path !== '/dev/stdin');
  return job.origin === 'recorded' ? { inputs, outputs: await madeBy(client, job) } : { inputs };
}

async function madeBy(client: LabkeepClient, { ref, attempts }: Job): Promise<readonly string[]> {
  const paths: string[] = [];
  for await (const { role, path, attempt } of client.jobs.eachFile(ref, { limit: 1_000 }))
    if (role === 'output' && attempt === attempts) paths.push(path);
  return paths;
}
