/** What can be done to all jobs of a selection. */
export const selectedMoves = [
  'submit',
  'cancel',
  'retry',
  'hold',
  'release',
  'trash',
  'restore',
  'resolve_succeeded',
  'resolve_failed',
  'resolve_retry',
] as const;
export type SelectedMove = (typeof selectedMoves)[number];
