import { resolve } from 'node:path';
import { releaseFolder } from '../../core/catalogue/releases.ts';
import { type PublishStep, publish } from '../../releases/publish.ts';
import { stepTexts } from '../../releases/step-texts.ts';
import { straightenLink, tidy } from '../../releases/tidy.ts';
import type { Handler } from '../../worker/worker.ts';
import { type Fields, parametersOf } from '../parameters-of.ts';
import type { TaskSurroundings } from '../surroundings.ts';
import { filesPublish } from './definition.ts';

interface Parameters {
  readonly database: string;
  readonly release: string;
  readonly directory: string;
  readonly keep?: number;
  readonly move: boolean;
}

/** The last part of the way: the record, the link, and what is old. */
const nearlyDone = 0.98;

/** The work of files.publish, under the lock on NAME/build that came with the job. */
export function publishRelease({ database, releases }: TaskSurroundings): Handler {
  return async (job, { signal, progress, log }) => {
    const parameters = parametersOf(job.parameters, filesPublish, areParameters);
    const { database: name, release, directory, keep = null, move } = parameters;
    const root = releaseFolder(await database(name));
    const from = resolve(job.directory ?? job.projectDirectory ?? '/', directory);
    const register = releases(job, { database: name, release, keep });
    const report = (step: PublishStep, done: number, all: number): void => {
      const said = stepTexts[step];
      if (all <= 1) progress(all * nearlyDone, said);
      else progress((nearlyDone * done) / all, said, { done, total: all, unit: 'bytes' });
    };
    const publication = { root, release, from, move, epoch: job.epoch };
    const published = await publish(publication, register, { signal, report });
    log(`${name} is ${release} now: ${published.files} files, ${published.bytes} bytes in ${published.path}`);
    const { removed, left } = await tidy(register);
    for (const gone of removed) log(`${name}@${gone} is removed`);
    for (const { release: old, why } of left) log(`${name}@${old} stays: ${why}`);
    await straightenLink(root, async () => (await database(name)).release);
    return {};
  };
}

function areParameters(fields: Fields): fields is Fields & Parameters {
  const { database, release, directory, keep, move } = fields;
  return (
    [database, release, directory].every((text) => typeof text === 'string') &&
    (keep === undefined || typeof keep === 'number') &&
    typeof move === 'boolean'
  );
}
