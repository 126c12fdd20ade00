import type { FaultCode } from '../core/faults.ts';

/** What to type next, where the table of faults says only what to do. */
export const nextSteps: Partial<Readonly<Record<FaultCode, string>>> = {
  job_unknown: 'labkeep jobs shows those that there are, labkeep jobs --trash those in the trash.',
  comment_unknown: 'labkeep comment JOB shows those that there are.',
  template_unknown: 'labkeep template list shows those that there are.',
  directory_unknown: 'labkeep directory list shows those that there are.',
  token_unknown: 'labkeep token list shows those that there are.',
  worker_unknown: 'labkeep status shows those that there are.',
  lock_unknown: 'labkeep lock list shows those that there are.',
  session_unknown: 'labkeep session list shows those that there are.',
  token_expired: 'Make a new one with labkeep token create.',
  state_conflict: 'labkeep show JOB tells its state, labkeep why JOB the reason.',
  job_in_use: 'Name them together: labkeep purge JOB…; a manager of the project may say --force.',
  project_in_use: "Wait for them, or end them: labkeep cancel --where 'created>=1970' --dry-run.",
};
