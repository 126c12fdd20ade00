const namePattern = /^[A-Za-z0-9][A-Za-z0-9._:+-]{0,99}$/;

/** What a name is made of, in words that follow “expected”. */
export const nameRule = 'a letter or digit, then at most 99 letters, digits or . _ : + -';

/** Whether a project, task, queue or worker may be called so. */
export function isName(text: string): boolean {
  return namePattern.test(text);
}
