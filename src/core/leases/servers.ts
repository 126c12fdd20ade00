/** Servers that share a storage: each says now and then that it is there. Nothing else hangs on that lease. */

/** One that was lost is listed for so long, so that somebody sees it. */
export const serversKeptMs = 86_400_000;

interface Known {
  readonly pid: number;
  readonly state: 'up' | 'draining' | 'lost';
}

export type ServerChange = 'registered' | 'draining' | null;

/** What is worth an event in what a server says of itself. */
export function changeOfServer(
  before: Known | null,
  now: { readonly pid: number; readonly state: 'up' | 'draining' },
): ServerChange {
  if (before === null || before.state === 'lost' || before.pid !== now.pid) return 'registered';
  return now.state === 'draining' && before.state !== 'draining' ? 'draining' : null;
}
