import type { Caller } from '../../../app/caller.ts';
import type { UseCases } from '../../../app/use-cases.ts';
import type { JobPlace } from '../../../core/jobs/reference.ts';

export interface LogTail {
  readonly text: string;
  /** Whether something comes before it. */
  readonly cut: boolean;
}

const shownBytes = 20_000;
const shownChunks = 1_000;

/** The end of the newest attempt’s log, as text without control characters. */
export async function logTail(useCases: UseCases, caller: Caller, place: JobPlace): Promise<LogTail> {
  const chunks = await useCases.readLogEnd(caller, place, shownChunks);
  const bytes = Buffer.concat(chunks.map((chunk) => chunk.data));
  const tail = bytes.subarray(Math.max(0, bytes.length - shownBytes));
  const startsLater = (chunks[0]?.sequence ?? 0) > 0;
  return { text: printable(tail.toString('utf8')), cut: startsLater || tail.length < bytes.length };
}

function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  return text.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, '').replace(/[\x00-\x08\x0b-\x1f\x7f]/g, '');
}
