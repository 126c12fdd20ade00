import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * A free port of 127.0.0.1 below the range from which systems take the ports of outgoing connections: a server
 * that restarts on its port must not find it taken by a client that was trying to reach it.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(15_000, 32_000);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer();
  const outcome = Promise.withResolvers<boolean>();
  probe.once('listening', () => outcome.resolve(true));
  probe.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE') outcome.resolve(false);
    else outcome.reject(error);
  });
  probe.listen(port, '127.0.0.1');
  if (!(await outcome.promise)) return false;
  probe.close();
  await once(probe, 'close');
  return true;
}
