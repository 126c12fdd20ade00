import type { RecordedRun } from '@labkeep/client';
import type { Asks } from '../core/tasks/asks.ts';
import type { Recording, ToBegin } from './recording.ts';
import type { RemoteServer, RemoteTeller } from './remote-teller.ts';
import type { EndReport, RunReport, Told, Untold } from './report.ts';
import { recorderHere, type Spool } from './spool.ts';
import type { Aliases } from './spool-parts.ts';

/**
 * A run that is told to a server that was named. Its start is told while the command runs. If the server is away, the
 * run is kept in the spool; the next run for the same server tells it after its own.
 */
export class RemoteRecording implements Recording {
  readonly dataFolder: string;
  readonly keptIn: string;
  readonly #spool: Spool;
  readonly #run: RunReport;
  readonly #aliases: Aliases;
  readonly #teller: Promise<RemoteTeller>;
  readonly #begun: Promise<RecordedRun | Untold>;
  #timer: NodeJS.Timeout | undefined;

  private constructor(spool: Spool, { run, aliases }: ToBegin, dataFolder: string, server: RemoteServer) {
    this.#spool = spool;
    this.#run = run;
    this.dataFolder = dataFolder;
    this.keptIn = spool.folder;
    this.#teller = import('./remote-teller.ts').then((module) => new module.RemoteTeller(server));
    this.#aliases = aliases ?? {};
    this.#begun = this.#teller.then((teller) => teller.record(run, this.#aliases));
  }

  static begin(spool: Spool, begun: ToBegin, dataFolder: string, server: RemoteServer): RemoteRecording {
    const { run, aliases } = begun;
    spool.writeStart(run.key, {
      ...{ run, server: server.url, within: null, recorder: recorderHere() },
      ...(aliases === null ? {} : { aliases }),
    });
    return new RemoteRecording(spool, begun, dataFolder, server);
  }

  attend(cancel: () => void): void {
    void this.#begun.then((begun) => {
      if ('why' in begun) return;
      const renew = async (): Promise<void> => {
        if (await (await this.#teller).renew(begun)) cancel();
      };
      this.#timer = setInterval(() => void renew(), begun.leaseMs / 3).unref();
    });
  }

  async asks(enough: AbortSignal): Promise<Asks | null> {
    const given = new Promise<null>((resolve) => enough.addEventListener('abort', () => resolve(null)));
    const begun = await Promise.race([this.#begun, given]);
    return begun === null || 'why' in begun ? null : (begun.asks ?? null);
  }

  async finish(end: EndReport): Promise<Told | Untold> {
    clearInterval(this.#timer);
    this.#spool.writeEnd(this.#run.key, end, true);
    const teller = await this.#teller;
    const early = await this.#begun;
    // A server that was away at the start may be back.
    const begun = 'why' in early ? await teller.record(this.#run, this.#aliases) : early;
    const told = 'why' in begun ? begun : await teller.finish(begun, this.#run, end);
    if ('why' in told) return told;
    this.#spool.remove(this.#run.key);
    await teller.tellKept(this.#spool);
    return told;
  }
}
