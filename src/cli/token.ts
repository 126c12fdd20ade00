import type { Role, Token } from '@labkeep/client';
import type { Command } from 'commander';
import { roleNames } from '../core/access/roles.ts';
import type { Cli } from './cli.ts';
import { connect, type ServerOptions, withServer } from './connect.ts';
import { timeText } from './job-view.ts';
import { refusal } from './refusal.ts';
import { printTable } from './table.ts';
import { readSpan } from './times.ts';

interface CreateOptions extends ServerOptions {
  readonly name: string;
  readonly role: string;
  readonly project?: string;
  readonly expires?: string;
}

export function define(command: Command, cli: Cli): void {
  command.helpCommand(false);

  withServer(command.command('create').description('make a token; it is shown this once'))
    .requiredOption('--name <name>', 'the user, worker or service it is for, made if new')
    .requiredOption('--role <role>', `one of ${roleNames.join(', ')}`)
    .option('-p, --project <name>', 'for this project only (all)')
    .option('--expires <time>', 'when it ends, such as 30d or 12h (never)')
    .action(async (options: CreateOptions) => {
      const role = readRole(options.role);
      const expiresInMs = options.expires === undefined ? undefined : readSpan(options.expires, '--expires');
      const { client } = connect(cli, options);
      const made = await client.tokens.create({
        name: options.name,
        role,
        project: options.project,
        expiresInMs,
      });
      if (options.json) return cli.terminal.json(made);
      cli.terminal.out(made.token);
      cli.terminal.say(`labkeep: token ${made.id} of ${made.name} (${made.role}); it is not shown again`);
    });

  withServer(command.command('list').description('list the tokens, without their secrets')).action(
    async (options: ServerOptions) => {
      const { client } = connect(cli, options);
      const page = await client.tokens.list({ limit: 1_000 });
      if (options.json) return cli.terminal.json(page);
      printTokens(cli, page.items);
      if (page.next !== null) cli.terminal.say('labkeep: these are the first 1,000');
    },
  );

  withServer(
    command
      .command('revoke')
      .description('end a token at once')
      .argument('<id>', 'as labkeep token list shows it'),
  ).action(async (id: string, options: ServerOptions) => {
    const { client } = connect(cli, options);
    await client.tokens.revoke(id);
    if (!options.json) cli.terminal.say(`labkeep: token ${id} is revoked`);
  });
}

function readRole(text: string): Role {
  const role = roleNames.find((one) => one === text);
  if (role !== undefined) return role;
  throw refusal('usage', `${JSON.stringify(text)} is not a role`, `The roles are ${roleNames.join(', ')}.`);
}

function printTokens(cli: Cli, tokens: readonly Token[]): void {
  printTable(
    cli.terminal,
    [
      { title: 'ID', cell: ({ id }) => id, paint: () => ['bold'] },
      { title: 'NAME', cell: ({ name }) => name, flexible: true },
      { title: 'ROLE', cell: ({ role }) => role },
      { title: 'PROJECT', cell: ({ project }) => project ?? 'all' },
      { title: 'CREATED', cell: ({ createdAt }) => timeText(cli, createdAt) },
      { title: 'ENDS', cell: (token) => endOf(cli, token) },
    ],
    tokens,
  );
}

function endOf(cli: Cli, { revokedAt, expiresAt }: Token): string {
  if (revokedAt !== null) return `revoked ${timeText(cli, revokedAt)}`;
  return expiresAt === null ? 'never' : timeText(cli, expiresAt);
}
