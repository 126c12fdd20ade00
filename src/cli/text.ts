/** Text for terminals: without what would steer them, cut to a width, and lists of files and words as one line. */

export { bytesText } from '../core/bytes-text.ts';

/** Letters that steer a terminal become visible: a job’s title must not clear the screen of who lists it. */
export function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, (letter) =>
    letter === '\n' || letter === '\t' ? ' ' : '·',
  );
}

/** Letters as people see them, made when first needed: most text is ASCII, and to load the tables takes a while. */
let segmenter: Intl.Segmenter | undefined;

const ascii = /^[ -~]*$/;
/** East Asian letters that fill two columns, and what is shown as a picture. */
const wide =
  /[\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18dff}\u{1aff0}-\u{1b2ff}\u{1f200}-\u{1f2ff}\u{20000}-\u{3fffd}]|\u{fe0f}|\p{Emoji_Presentation}/u;
const invisible = /^[\p{Mark}\p{Cf}]/u;

function lettersOf(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter();
  return segmenter.segment(text);
}

function widthOfLetter(letter: string): number {
  if (wide.test(letter)) return 2;
  return invisible.test(letter) ? 0 : 1;
}

/** Columns that the text takes on a terminal. */
export function widthOf(text: string): number {
  if (ascii.test(text)) return text.length;
  let columns = 0;
  for (const { segment } of lettersOf(text)) columns += widthOfLetter(segment);
  return columns;
}

/** The text, or its beginning and …, in so many columns. */
export function cut(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let kept = '';
  let used = 1;
  for (const { segment } of lettersOf(text)) {
    used += widthOfLetter(segment);
    if (used > columns) break;
    kept += segment;
  }
  return `${kept}…`;
}

export function counted(many: number, noun: string): string {
  return `${many} ${noun}${many === 1 ? '' : 's'}`;
}
