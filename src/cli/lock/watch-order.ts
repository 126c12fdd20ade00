/** What `labkeep lock run` and the process that watches over it say to each other: a line of JSON each. */
import type { Doomed } from './end-command.ts';

export type WatchOrder =
  /** The command, and how long (ms) it may take to end before it is killed. */
  | { readonly kind: 'watch'; readonly doomed: Doomed; readonly termForMs: number }
  /** The locks are safe until then, on the clock of this boot. */
  | { readonly kind: 'safe'; readonly untilBootMs: number }
  /** The command has ended. */
  | { readonly kind: 'done' };
