import type { ServerRecord } from '../../../ports/records/servers.ts';
import type { Server } from '../schemas/servers.ts';
import { timeText } from './times.ts';

export function presentServer({ startedAt, seenAt, leaseEndsAt, ...server }: ServerRecord): Server {
  return {
    ...server,
    startedAt: timeText(startedAt),
    seenAt: timeText(seenAt),
    leaseEndsAt: timeText(leaseEndsAt),
  };
}
