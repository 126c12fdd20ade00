import type { PublishStep } from './publish.ts';

/** What a publication does in each step, for people. */
export const stepTexts: Readonly<Record<PublishStep, string>> = {
  begin: 'begins',
  read: 'reading the files',
  bring: 'bringing them in',
  verify: 'comparing them',
  list: 'writing them out',
  place: 'taking their place',
  publish: 'publishing',
  link: 'publishing',
  done: 'done',
};
