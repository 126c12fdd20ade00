/** What goes wrong in the storm, one thing after another, and how it is mended after it. */
import type { Simulation } from './simulation.ts';
import type { Mishap } from './weather.ts';

export class Mishaps {
  count = 0;
  readonly #it: Simulation;

  constructor(simulation: Simulation) {
    this.#it = simulation;
  }

  plan(): void {
    const { clockwork, chance, weather } = this.#it;
    for (let at = 0; ; ) {
      at += chance.between(1, 2 * weather.mishapEveryMs);
      if (at >= weather.stormMs) return;
      clockwork.after(at, () => this.#befall(chance.weighted(weather.mishaps)));
    }
  }

  /** Everything stands up and goes on. */
  mend(): void {
    const { servers, workers, ledger } = this.#it;
    for (const [index, server] of servers.entries()) {
      server.process.goOn();
      this.#it.startServer(index);
    }
    for (const worker of workers) {
      worker.machine.disk.full = false;
      for (const process of [worker.process, ...worker.machine.processes]) {
        process.goOn();
        ledger.wentOn(process);
      }
      worker.start();
    }
    this.#over = true;
  }

  #over = false;

  #befall(mishap: Mishap): void {
    this.count += 1;
    this.#it.trace(`--- ${mishap}`);
    this.#acts[mishap]();
  }

  /** After a while, if the storm is not over by then. */
  #later(afterMs: number, act: () => void): void {
    this.#it.clockwork.after(afterMs, () => {
      if (!this.#over) act();
    });
  }

  /** Mostly short; now and then longer than any lease. */
  #whileMs(): number {
    const { chance } = this.#it;
    return chance.next() < 0.6 ? chance.between(500, 8_000) : chance.between(8_000, 60_000);
  }

  readonly #acts: Readonly<Record<Mishap, () => void>> = {
    kill_server: () => this.#withServer((index) => this.#killServer(index, this.#whileMs())),
    stop_server: () =>
      this.#withServer((index) => {
        const process = this.#it.servers[index]?.process;
        process?.stop();
        this.#later(this.#whileMs(), () => process?.goOn());
      }),
    kill_worker: () =>
      this.#withWorker((worker) => {
        worker.process.kill();
        this.#later(this.#whileMs(), () => worker.start());
      }),
    stop_worker: () =>
      this.#withWorker(({ process, machine }) => {
        process.stop();
        machine.forsake();
        this.#later(this.#whileMs(), () => {
          process.goOn();
          this.#it.ledger.wentOn(process);
          machine.takeUp();
        });
      }),
    restart_worker: () =>
      this.#withWorker((worker) => {
        void worker.leave(this.#it.chance.between(0, 5_000));
        this.#later(this.#whileMs() + 8_000, () => worker.start());
      }),
    kill_supervisor: () =>
      this.#withWorker(({ machine }) => this.#it.chance.oneOf([...machine.commands])?.supervisor.kill()),
    sleep_machine: () =>
      this.#withWorker(({ process, machine }) => {
        const all = [process, ...machine.processes];
        for (const one of all) one.stop();
        this.#later(this.#whileMs(), () => {
          for (const one of all) {
            one.goOn();
            this.#it.ledger.wentOn(one);
          }
        });
      }),
    cut_power: () =>
      this.#withWorker((worker) => {
        worker.machine.cutPower(worker.process);
        this.#later(this.#whileMs(), () => worker.start());
      }),
    fill_disk: () =>
      this.#withWorker(({ machine }) => {
        machine.disk.full = true;
        this.#later(this.#whileMs(), () => {
          machine.disk.full = false;
        });
      }),
    partition: () => {
      const { network, chance, servers, workers } = this.#it;
      const names = [...workers.map(({ name }) => name), 'ann', 'bob'];
      const one = chance.oneOf(names) ?? '';
      for (const { name } of servers) {
        if (chance.next() < 0.3) continue;
        network.cut(one, name);
        this.#later(this.#whileMs(), () => network.mend(one, name));
      }
    },
    // Either so far that it is noticed, or less than a worker allows for.
    jump_forward: () => {
      const { chance, store } = this.#it;
      store.jump(chance.oneOf([chance.between(1, 800), chance.between(5_000, 300_000), 86_400_000]) ?? 0);
    },
    jump_back: () => {
      const { chance, store } = this.#it;
      store.jump(-(chance.oneOf([chance.between(1, 60_000), 86_400_000]) ?? 0));
    },
    back_up: () => this.#it.store.backUp(),
    restore: () => {
      if (this.#it.store.hasBackup) this.#it.restore();
    },
  };

  #killServer(index: number, forMs: number): void {
    this.#it.servers[index]?.process.kill();
    this.#later(forMs, () => this.#it.startServer(index));
  }

  #withServer(act: (index: number) => void): void {
    act(this.#it.chance.between(0, this.#it.weather.servers - 1));
  }

  #withWorker(act: (worker: Simulation['workers'][number]) => void): void {
    const worker = this.#it.chance.oneOf(this.#it.workers);
    if (worker !== undefined) act(worker);
  }
}
