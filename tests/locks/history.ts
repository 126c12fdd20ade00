/**
 * What holders of locks wrote of themselves, in one file to which all of them append, so that the order of its lines is
 * one for all: a grant after its answer had come, a release before it was asked for. A hold lasts at least from the one
 * line to the other.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import type { LockWish } from '../../src/core/locks/wishes.ts';

export type Happening =
  /** `sentAt`: when it was asked for; the lease lasts at least from then on. */
  | { readonly what: 'opened'; readonly session: string; readonly leaseMs: number; readonly sentAt: number }
  | { readonly what: 'renewed'; readonly session: string; readonly sentAt: number }
  /** Before it is asked for. */
  | { readonly what: 'closing'; readonly session: string }
  | {
      readonly what: 'asked';
      readonly request: string;
      readonly session: string;
      readonly locks: readonly LockWish[];
      readonly waitMs: number | null;
    }
  | { readonly what: 'queued'; readonly request: string; readonly ticket: number }
  | {
      readonly what: 'granted';
      readonly request: string;
      readonly ticket: number;
      readonly epoch: number;
    }
  /** Nothing of it is left on the server. */
  | { readonly what: 'refused'; readonly request: string; readonly code: string }
  /** Before a part of it is made weaker. */
  | { readonly what: 'weakening'; readonly request: string; readonly locks: readonly LockWish[] }
  /** After a part of it was made stronger. */
  | {
      readonly what: 'stronger';
      readonly request: string;
      readonly locks: readonly LockWish[];
      readonly epoch: number;
    }
  | {
      readonly what: 'checking' | 'held' | 'not held';
      readonly request: string;
      readonly path: string;
      readonly mode: LockWish['mode'];
    }
  /** Before it is released or taken back. */
  | { readonly what: 'leaving'; readonly request: string };

/** `at`: ms on a clock that all processes of this machine share, and nobody sets. */
export type Line = Happening & { readonly at: number };

export function now(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000;
}

export function note(file: string, happening: Happening): void {
  const line: Line = { ...happening, at: now() };
  appendFileSync(file, `${JSON.stringify(line)}\n`);
}

/** A process that was killed while it wrote may have left a part of a line; nothing rests on it. */
export function readHistory(file: string): readonly Line[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((text) => (text.startsWith('{') && text.endsWith('}') ? (JSON.parse(text) as Line) : []));
}
