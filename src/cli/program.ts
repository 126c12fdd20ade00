/** All commands, as commander knows them. */
import { Command } from 'commander';
import { addBackup } from './backup.ts';
import type { Cli } from './cli.ts';
import { addDemo } from './demo.ts';
import { addEvents } from './events.ts';
import { addJobAct } from './job-acts.ts';
import { addJobs } from './jobs.ts';
import { addLog } from './log.ts';
import { addProject } from './project.ts';
import { addRecent } from './recent.ts';
import { addRerun } from './rerun.ts';
import { addRestore } from './restore.ts';
import { addShow } from './show.ts';
import { addStatus } from './status.ts';
import { addSubmit } from './submit.ts';
import { addToken } from './token.ts';
import { addUp } from './up.ts';
import { version } from './version.ts';
import { addWait } from './wait.ts';
import { addWhy } from './why.ts';
import { addWorker } from './worker.ts';

export function createProgram(cli: Cli): Command {
  const program = new Command('labkeep')
    .description('Keeps a research group’s jobs and databases.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .addHelpCommand(
      new Command('help')
        .argument('[command]')
        .description('print help, of a command if one is named')
        .helpGroup('About the server:'),
    )
    .enablePositionalOptions()
    .showSuggestionAfterError(true)
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
    .configureHelp({ subcommandTerm: termOf })
    .addHelpText('after', '\nMore about one of them: labkeep help COMMAND');

  program.commandsGroup('What one needs:');
  addUp(program, cli);
  addSubmit(program, cli);
  addJobs(program, cli);
  addShow(program, cli);
  addLog(program, cli);
  addWait(program, cli);
  addWhy(program, cli);
  addRerun(program, cli);
  addJobAct(program, cli, 'cancel');
  addStatus(program, cli);
  program.commandsGroup('More about jobs:');
  addJobAct(program, cli, 'retry');
  addJobAct(program, cli, 'hold');
  addJobAct(program, cli, 'release');
  addEvents(program, cli);
  program.commandsGroup('About the server:');
  addWorker(program, cli);
  addProject(program, cli);
  addToken(program, cli);
  addBackup(program, cli);
  addRestore(program, cli);
  addDemo(program, cli);
  addRecent(program, cli);
  return program;
}

/** A command and what it is about; its options are told in its own help. */
function termOf(command: Command): string {
  const words = command.registeredArguments.map((argument) => {
    const name = `${argument.name().toUpperCase()}${argument.variadic ? '…' : ''}`;
    return argument.required ? name : `[${name}]`;
  });
  return [command.name(), ...words].join(' ');
}
