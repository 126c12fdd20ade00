import type { GraphNode } from '@labkeep/client';
import { commandText } from '../../core/jobs/command-text.ts';

/** What a job is, in a few words. */
export function jobLabel({ title, task, command }: GraphNode): string {
  return title ?? task ?? (command === null ? '' : commandText(command));
}
