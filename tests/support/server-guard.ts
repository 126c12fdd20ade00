import { spawn } from 'node:child_process';
import { once } from 'node:events';

/*
 * A server started by a test must go when the test goes, even by SIGKILL, when no code of ours runs any more.
 * So a shell waits beside the server, in a session of its own, reading a pipe whose other end only this
 * process holds. When the pipe closes, for whatever reason, the shell ends the server and removes its folder.
 * What comes through the pipe is the process group to end; an empty line says that there is none.
 */
const WAIT_THEN_CLEAN = `
group=
while read -r line; do group=$line; done
if [ -n "$group" ]; then
  kill -s "$2" -- "-$group"
  tries=0
  while [ $tries -lt 100 ] && kill -s 0 -- "-$group"; do tries=$((tries + 1)); sleep 0.05; done
  kill -s KILL -- "-$group"
fi
rm -rf -- "$1"
`;

/** Ends a server and removes its folder when this process dies or says so. */
export class ServerGuard {
  readonly #shell;

  /** `signal` is the one by which the server stops at once: QUIT for PostgreSQL, TERM for Redis. */
  constructor(folder: string, signal: 'QUIT' | 'TERM') {
    this.#shell = spawn('/bin/sh', ['-c', WAIT_THEN_CLEAN, 'server-guard', folder, signal], {
      cwd: '/',
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.#shell.unref();
  }

  /** The process must lead a group of its own (`detached`), so that whatever it has forked goes with it. */
  watch(groupLeader: number): void {
    this.#shell.stdin.write(`${groupLeader}\n`);
  }

  watchNothing(): void {
    this.#shell.stdin.write('\n');
  }

  /** Ends what is being watched, removes the folder, and resolves when both are gone. */
  async clean(): Promise<void> {
    if (this.#shell.exitCode !== null) return;
    this.#shell.ref();
    const exited = once(this.#shell, 'exit');
    this.#shell.stdin.end();
    await exited;
  }
}
