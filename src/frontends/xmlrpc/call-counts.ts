/** What is counted of connections and calls: by the server’s one registry, which `GET /metrics` shows. */
export interface CallCounts {
  /** What comes back is called when the connection is gone. */
  connected(): () => void;
  refusedConnection(): void;
  /** A call begins to come; what comes back is called when it was answered. */
  callCame(): () => void;
  /** `answered`, or the code of a fault. */
  called(method: string, outcome: string): void;
  claimed(offers: number): void;
}

/** In place of a name: a call that was refused before it was read, or that names no method of ours. */
export const unknownMethod = 'unknown';
