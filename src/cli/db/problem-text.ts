import { shortPath } from '../../recorder/paths.ts';
import { plain } from '../text.ts';

/** What is wrong with a watched file, as `FILE:LINE: what`. */
export function problemText({
  file,
  line,
  text,
}: {
  readonly file: string;
  readonly line: number | null;
  readonly text: string;
}): string {
  return plain(`${shortPath(file)}${line === null ? '' : `:${line}`}: ${text}`);
}
