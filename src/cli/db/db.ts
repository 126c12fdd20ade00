import { type Command, Option } from 'commander';
import { declarableKinds } from '../../core/catalogue/settings.ts';
import type { Cli } from '../cli.ts';
import { withServer } from '../connect.ts';
import { drawOrWatch, withWatch } from '../live.ts';
import { add, remove, set, turn } from './change.ts';
import { close, reopen } from './close.ts';
import { list } from './list.ts';
import { publish } from './publish.ts';
import { pin, releases, tidyUp, verifyRelease } from './releases.ts';
import { show } from './show.ts';

export function define(command: Command, cli: Cli): void {
  command.helpCommand(false);
  const sub = (name: string, about: string): Command => withServer(command.command(name).description(about));
  const named = (name: string, about: string): Command =>
    sub(name, about).argument('<database>', 'such as embl');

  sub('list', 'list the databases that have no tag, and what is wrong with watched files')
    .option('--tag <tag>', 'those with this tag')
    .option('--all', 'with and without a tag')
    .action((options) => list(cli, options));

  withWatch(named('show', 'show a database: its state, who holds it, and who waits')).action(
    (name, options) => drawOrWatch(cli, options, (page) => show(page, name, options)),
  );

  const withSettings = (one: Command): Command =>
    one
      .option('--tag <tag>', 'list it only with this tag')
      .option('--description <text>', 'what it is')
      .option('--directory <folder>', 'where it lies')
      .option('--flat-files <folder>', 'of a bank: where its text files lie, if elsewhere')
      .option('--url <url>', 'its address, without password')
      .option('--url-env <variable>', 'of a PostgreSQL: the environment variable that holds its address')
      .option('--schema <name>', 'of a PostgreSQL: the schema that is meant')
      .option('--roles <names>', 'of a PostgreSQL: whom db close --enforce keeps out, such as reader,curator')
      .option('--keep <number>', 'of a database of releases: how many are kept')
      .option('--release <release>', 'the release that is read now');

  withSettings(
    named('add', 'add a database to the catalogue').addOption(
      new Option('--kind <kind>', 'what it is').choices([...declarableKinds]).makeOptionMandatory(),
    ),
  )
    .option('--off', 'do not offer it yet')
    .action((name, options) => add(cli, name, options));

  withSettings(named('set', 'change what is said of a database; an empty text takes it away')).action(
    (name, options) => set(cli, name, options),
  );

  named('remove', 'take a database out of the catalogue; what it consists of stays').action((name, options) =>
    remove(cli, name, options),
  );
  named('on', 'offer a database again').action((name, options) => turn(cli, name, 'on', options));
  named('off', 'offer a database no longer; who has it keeps it').action((name, options) =>
    turn(cli, name, 'off', options),
  );

  named('publish', 'publish a directory as a release: verified, then read by all who come from then on')
    .argument('<directory>', 'what is published; it stays as it is')
    .requiredOption('--release <name>', 'such as 2026-11; a name is given once')
    .option('--keep <number>', 'releases that are older than so many go, after their last reader')
    .option('--move', 'move the directory, if it lies on the same file system')
    .action((name, directory, options) => publish(cli, name, directory, options));
  named('releases', 'list the releases of a database, newest first').action((name, options) =>
    releases(cli, name, options),
  );
  const ofRelease = (name: string, about: string): Command =>
    sub(name, about).argument('<release>', 'such as nr@2026-10');
  ofRelease('pin', 'keep a release, however many newer ones there are').action((release, options) =>
    pin(cli, release, true, options),
  );
  ofRelease('unpin', 'let a release go again when it is old').action((release, options) =>
    pin(cli, release, false, options),
  );
  ofRelease(
    'verify',
    'compare the files of a release, or of the one that is read, with what was published',
  ).action((release, options) => verifyRelease(cli, release, options));
  named('tidy', 'remove releases that are not to be kept, and that nobody reads').action((name, options) =>
    tidyUp(cli, name, options),
  );

  named('close', 'close a database for update: nobody new comes in')
    .option('--reason <text>', 'what others are told, such as "release 145"')
    .option('--until <time>', 'when it should be open again: 14:00, +2h, or a date and time')
    .option(
      '--grace <time>',
      'sessions that have it open may go on so long, such as 5m (they are ended at once)',
    )
    .option('--wait', 'wait until all have left, and it is closed')
    .option('--enforce', 'of a PostgreSQL: once it is closed, it keeps roles out itself')
    .option('--role <role...>', 'the roles to keep out (those of its settings)')
    .action((name, options) => close(cli, name, options));

  named('reopen', 'end the closure of a database, whoever made it')
    .option('--release <release>', 'it is read as this release from now on')
    .action((name, options) => reopen(cli, name, options));
}
