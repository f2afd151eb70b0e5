// Runs a child process that never outlives us. Between us and the child stands a small shell that holds the other end of a
// pipe to us: however we end, SIGKILL included, the system closes our end and the shell ends the child. Signals of the
// terminal do not reach them (they have a session of their own): the broker must outlive the processors that use it.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface GuardedChild {
  readonly pid: number;
  /** Settles when the child has ended: its exit code, or 128 + the signal's number. */
  readonly ended: Promise<number>;
  /** Sends a signal; nothing happens if the child has ended already. */
  signal(signal: NodeJS.Signals): void;
  /** Keeps our process running until the child has ended; until then it alone does not. */
  ref(): void;
}

export interface GuardOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** Gets the child's standard output and error, appended. */
  readonly outputFile: string;
  /** A folder that is removed when we end before the child. Without it the child then gets 5 s to end cleanly. */
  readonly wipe?: string;
}

const script = `
wipe=$1; output=$2; shift 2
exec 3<&0
"$@" </dev/null >>"$output" 2>&1 3<&- &
child=$!
trap '' PIPE

is_alive() { kill -0 $child 2>/dev/null; }
wait_for_end() { tenths=$1; while is_alive && [ $tenths -gt 0 ]; do sleep 0.1; tenths=$((tenths - 1)); done; }
(
  read -r _ <&3              # returns at the end of the pipe: our parent is gone
  trap '' TERM               # from here on the cleaning up is finished whatever happens
  if [ -z "$wipe" ]; then kill -TERM $child 2>/dev/null; wait_for_end 50; fi
  kill -KILL $child 2>/dev/null; wait_for_end 50
  if [ -n "$wipe" ]; then rm -rf "$wipe"; fi
) >/dev/null 2>&1 &
watcher=$!

echo $child
exec >/dev/null
wait $child; code=$?
kill -TERM $watcher 2>/dev/null; wait $watcher
exit $code
`;

export async function spawnGuarded(options: GuardOptions): Promise<GuardedChild> {
  const args = ['-c', script, 'guard', options.wipe ?? '', options.outputFile, options.command, ...options.args];
  const guard = spawn('/bin/sh', args, { stdio: ['pipe', 'pipe', 'ignore'], detached: true });
  const ended = new Promise<number>((resolve, reject) => {
    guard.on('error', reject);
    guard.on('exit', (code) => resolve(code ?? 128 + 9));
  });
  let hasEnded = false;
  void ended.finally(() => (hasEnded = true)).catch(() => {}); // whoever awaits `ended` gets the error
  const pid = await Promise.race([firstNumber(guard.stdout), ended.then(() => undefined)]);
  if (pid === undefined) throw new Error('the shell that guards the broker ended at once');
  guard.unref();
  (guard.stdin as unknown as { unref(): void }).unref();
  guard.stdout.destroy();
  return {
    pid,
    ended,
    signal: (signal) => {
      if (hasEnded) return;
      try {
        process.kill(pid, signal);
      } catch (error) {
        // It has just ended, and the shell has not said so yet.
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    },
    ref: () => guard.ref(),
  };
}

async function firstNumber(stream: NodeJS.ReadableStream): Promise<number | undefined> {
  for await (const line of createInterface({ input: stream })) return Number(line);
  return undefined;
}
