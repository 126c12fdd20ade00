import type { StorageIdentity, StorageStatus } from '../ports/storage.ts';
import type { World } from './world.ts';

export interface ServerStatus extends StorageStatus {
  readonly now: number;
}

/** What the storage says of itself; askers at the same time share one answer. */
export function serverStatus({ storage, clock }: World) {
  let asked: Promise<StorageStatus> | null = null;

  return async (): Promise<ServerStatus> => {
    asked ??= storage.status().finally(() => {
      asked = null;
    });
    return { ...(await asked), now: clock.now() };
  };
}

/** Which storage answers; for checks of health, which come often. */
export function serverIdentity({ storage, clock }: World) {
  return async (): Promise<StorageIdentity & { readonly now: number }> => ({
    ...(await storage.identify()),
    now: clock.now(),
  });
}
