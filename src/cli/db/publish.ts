import { withKeep } from '../../core/catalogue/releases.ts';
import { type Published, type PublishStep, publish as publishFiles } from '../../releases/publish.ts';
import { stepTexts } from '../../releases/step-texts.ts';
import { straightenLink, tidy } from '../../releases/tidy.ts';
import type { Cli } from '../cli.ts';
import { connect, type ServerOptions } from '../connect.ts';
import { pathHere } from '../here.ts';
import { barText, withProgress } from '../progress.ts';
import { refusal } from '../refusal.ts';
import { untilSignal } from '../signals.ts';
import { bytesText, counted, plain } from '../text.ts';
import { builder, directoryOf, releaseRegister, tidyRegister } from './own-releases.ts';
import { tellLeft } from './releases.ts';

export interface PublishOptions extends ServerOptions {
  readonly release: string;
  readonly keep?: string;
  readonly move?: true;
}

export async function publish(
  cli: Cli,
  name: string,
  directory: string,
  options: PublishOptions,
): Promise<void> {
  const { client } = connect(cli, options);
  const { release } = options;
  const keep = options.keep === undefined ? null : readKeep(options.keep);
  const database = await client.databases.get(name);
  const root = directoryOf(database);
  withKeep(database, keep);
  const stop = new AbortController();
  const from = pathHere(cli.folder, directory);
  let line = `labkeep: waiting for the lock ${name}/build`;
  const report = (step: PublishStep, done: number, all: number): void => {
    const part = all <= 1 ? '' : ` ${barText(done / all)} ${Math.floor((100 * done) / all)} %`;
    line = plain(`labkeep: ${name} ${release}: ${stepTexts[step]}${part}`);
  };
  void untilSignal().then((signal) =>
    stop.abort(refusal('state_conflict', `Ended by ${signal}: nothing was published`, 'Publish it again.')),
  );
  const published = await withProgress(
    cli,
    () => line,
    () =>
      client.locks.hold(
        [`${name}/build:exclusive`],
        (held) =>
          publishFiles(
            { root, release, from, move: options.move === true, epoch: held.epoch },
            releaseRegister(client, { database: name, release, keep }, held.epoch),
            { signal: held.signal, report },
          ),
        { ...builder(name, release), signal: stop.signal },
      ),
  );
  const { removed, left } = await tidy(tidyRegister(client, name));
  await straightenLink(root, async () => (await client.databases.get(name)).release);
  if (options.json) return cli.terminal.json({ database: name, release, ...published, removed, left });
  cli.terminal.say(plain(`labkeep: ${name} is ${release} now: ${sizeText(published)} in ${published.path}`));
  tellLeft(cli, name, { removed, left });
}

function readKeep(written: string): number {
  const keep = Number(written);
  if (!Number.isInteger(keep) || keep < 1)
    throw refusal('usage', `--keep ${written} is not a number from 1 on`, 'Give, for example, --keep 3.');
  return keep;
}

function sizeText({ files, bytes }: Published): string {
  return `${counted(files, 'file')}, ${bytesText(bytes)},`;
}
