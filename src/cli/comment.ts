import type { Comment } from '@labkeep/client';
import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { connect, type ServerOptions, withServer } from './connect.ts';
import { timeText } from './job-view.ts';
import { integerFrom } from './numbers.ts';
import { type ProjectOption, readRefs, withProject } from './projects-here.ts';
import { plain } from './text.ts';

interface Options extends ServerOptions, ProjectOption {
  readonly edit?: number;
  readonly remove?: number;
}

export function define(command: Command, cli: Cli): void {
  command
    .argument('<job>', 'such as toxd/12, or 12')
    .argument('[text...]', 'Markdown; - for the standard input; without it, the comments are printed');
  const id = integerFrom(1, Number.MAX_SAFE_INTEGER);
  withServer(withProject(command))
    .option('--edit <id>', 'put the text in the place of a comment', id)
    .option('--remove <id>', 'remove a comment', id)
    .action(async (word: string, words: string[], options: Options) => {
      const { client } = connect(cli, options);
      const [ref = ''] = await readRefs(cli, client, [word], options);
      if (options.remove !== undefined) return client.comments.remove(ref, options.remove);
      if (words.length === 0 && options.edit === undefined) {
        for await (const comment of client.comments.each(ref, { limit: 1_000 }))
          if (options.json) cli.terminal.json(comment);
          else printComment(cli, comment);
        return;
      }
      const text = words.length === 1 && words[0] === '-' ? await cli.input() : words.join(' ');
      const comment =
        options.edit === undefined
          ? await client.comments.add(ref, text)
          : await client.comments.edit(ref, options.edit, text);
      if (options.json) cli.terminal.json(comment);
      else cli.terminal.say(`labkeep: comment ${comment.id} on ${ref}`);
    });
}

function printComment(cli: Cli, { id, author, createdAt, editedAt, text }: Comment): void {
  const { terminal } = cli;
  const edited = editedAt === null ? '' : ', edited';
  const head = `${id}  ${author}, ${timeText(cli, createdAt)}${edited}`;
  terminal.out(terminal.paint(plain(head), 'dim'));
  for (const line of text.trimEnd().split('\n')) terminal.out(`  ${plain(line)}`.trimEnd());
}
