/** What a job that is submitted, or made like another, may be refused for besides its fields. */
export const newJobFaults = [
  'project_unknown',
  'job_unknown',
  'dependency_unknown',
  'dependency_cycle',
  'directory_unknown',
  'database_unknown',
  'task_already_running',
] as const;
