/** Resolves at the first request to stop; the second ends the process at once. */
export function untilSignal(): Promise<NodeJS.Signals> {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>();
  let asked = 0;
  const ask = (name: NodeJS.Signals): void => {
    asked += 1;
    if (asked > 1) process.exit(130);
    resolve(name);
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, ask);
  return promise;
}
