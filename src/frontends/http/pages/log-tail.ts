import type { Caller } from '../../../app/caller.ts';
import type { UseCases } from '../../../app/use-cases.ts';
import type { JobPlace } from '../../../core/jobs/reference.ts';

export interface LogTail {
  readonly text: string;
  /** Whether something comes before it. */
  readonly cut: boolean;
}

const shownBytes = 20_000;
const pagesRead = 50;

/** The end of the newest attempt’s log, as text without control characters. */
export async function logTail(useCases: UseCases, caller: Caller, place: JobPlace): Promise<LogTail> {
  let tail = Buffer.alloc(0);
  let cut = false;
  let after: number | undefined;
  for (let read = 0; read < pagesRead; read++) {
    const page = await useCases.readLog(caller, place, { after, limit: 1_000 });
    tail = Buffer.concat([tail, ...page.items.map((chunk) => chunk.data)]);
    if (tail.length > shownBytes) {
      tail = tail.subarray(tail.length - shownBytes);
      cut = true;
    }
    if (page.items.length < 1_000 || page.next === null) break;
    after = page.next;
  }
  return { text: printable(tail.toString('utf8')), cut };
}

function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  return text.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, '').replace(/[\x00-\x08\x0b-\x1f\x7f]/g, '');
}
