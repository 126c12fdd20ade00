import type { UseCases } from '../app/use-cases.ts';
import { buildXmlRpc } from '../frontends/xmlrpc/build-xmlrpc.ts';
import type { CallCounts } from '../frontends/xmlrpc/call-counts.ts';
import type { PollHint } from '../frontends/xmlrpc/poll-now.ts';
import type { Log } from '../ports/log.ts';
import type { Timers } from '../ports/timers.ts';
import { listen } from './listen.ts';
import { urlOf } from './listen-address.ts';
import type { Tls } from './tls-files.ts';
import type { XmlRpcWish } from './xmlrpc-wish.ts';

export interface RunningXmlRpc {
  readonly url: string;
  stop(): Promise<void>;
}

export interface XmlRpcStart {
  readonly wish: XmlRpcWish;
  readonly tls: Tls | null;
  readonly hostNames: readonly string[];
  readonly useCases: UseCases;
  readonly timers: Timers;
  readonly log: Log;
  readonly counts: CallCounts;
  /** Null where open files have no bound. */
  readonly connectionsMax: number | null;
  readonly onHint: (listener: (hint: PollHint) => void) => () => void;
}

export async function startXmlRpc({ wish, tls, hostNames, ...world }: XmlRpcStart): Promise<RunningXmlRpc> {
  const spoken = wish.plaintext ? null : tls;
  const frontend = buildXmlRpc({ ...world, tls: spoken });
  const port = await listen(frontend, wish.listen);
  const url = `${urlOf(wish.listen.host, port, spoken !== null, hostNames)}/RPC2`;
  world.log.info({ url }, 'XML-RPC listens');
  return { url, stop: () => frontend.close() };
}
