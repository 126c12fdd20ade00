/** What a command exits with. Which fault leads to which is in the table of faults. */
export const exitCodes = [
  {
    code: 0,
    word: 'ok',
    meaning: 'It is done. What waits for jobs says by this that all of them succeeded.',
  },
  {
    code: 1,
    word: 'failed',
    meaning: 'A job did not succeed, a check failed, or Labkeep has a fault of its own.',
  },
  {
    code: 2,
    word: 'usage',
    meaning: 'The command line, or a value in it, is not understood or not allowed.',
  },
  { code: 3, word: 'not found', meaning: 'There is no such job, project, worker or token.' },
  {
    code: 4,
    word: 'denied',
    meaning: 'There is no token, it is not valid, or its role does not allow the act.',
  },
  {
    code: 5,
    word: 'conflict',
    meaning: 'What is there stands against it: the state of a job, a name that is taken.',
  },
  {
    code: 6,
    word: 'server away',
    meaning: 'No server answers, or it cannot serve now. To repeat it later is safe.',
  },
] as const;

export type ExitCode = (typeof exitCodes)[number]['code'];
