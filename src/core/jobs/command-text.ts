/** A command as one could type it. */
export function commandText(words: readonly string[]): string {
  return words
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(' ');
}

const titleLength = 200;

/** What a job without a title goes by in lists: its command, on one line. */
export function titleOf(command: readonly string[]): string {
  const text = commandText(command).replaceAll('\0', '').replaceAll(/\s+/g, ' ').trim();
  const characters = Array.from(text);
  return characters.length <= titleLength ? text : `${characters.slice(0, titleLength - 1).join('')}…`;
}
