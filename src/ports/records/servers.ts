import type { Page } from '../storage.ts';

/** What a server says of itself. */
export interface ServerProfile {
  /** The same after a restart: of its machine and data folder. */
  readonly name: string;
  /** Where it listens, as others reach it. */
  readonly url: string;
  readonly host: string;
  readonly pid: number;
  readonly version: string;
  /** `draining`: it is about to stop, and takes no new waits. */
  readonly state: 'up' | 'draining';
}

export interface ServerRecord extends Omit<ServerProfile, 'state'> {
  /** `lost`: it has not said anything for longer than its lease. */
  readonly state: 'up' | 'draining' | 'lost';
  readonly startedAt: number;
  readonly seenAt: number;
  readonly leaseEndsAt: number;
}

export interface ServerStorage {
  /** Registers a server, or renews its lease. It holds nothing by that: the lease only says whether it is there. */
  keepServer(params: { readonly server: ServerProfile }): Promise<{ readonly leaseMs: number }>;
  /** It has stopped. */
  removeServer(params: { readonly name: string; readonly pid: number }): Promise<void>;
  /** By name. */
  listServers(params: { readonly limit: number; readonly after?: string }): Promise<Page<ServerRecord>>;
}
