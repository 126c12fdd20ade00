const lengthMax = 64;
const countMax = 1_000;

/**
 * The words by which a text is found: runs of letters and digits (with the marks that belong to them), in lower case
 * and compatibility form, each once, cut at 64 characters; of a long text the first 1,000.
 */
export function wordsOf(text: string): readonly string[] {
  const words = new Set<string>();
  for (const [run] of folded(text).matchAll(/[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/gu)) {
    words.add([...run].slice(0, lengthMax).join(''));
    if (words.size === countMax) break;
  }
  return [...words];
}

/** Case and form that do not distinguish words; the two small sigmas are one letter. */
function folded(text: string): string {
  return text.normalize('NFKC').toLowerCase().normalize('NFKC').replaceAll('ς', 'σ');
}
