// The worker's side of `processor run --memory-max`: over the pipe to its parent (recycle.ts) it tells what it holds and whether
// it is ready, and it stops when the parent is gone.

export interface WorkerReport {
  readonly rssBytes: number;
  readonly isReady: boolean;
}

const reportMs = 500;

/** From now on the end of the parent, however it ends, is a SIGTERM to this process. */
export function endWithParent(): void {
  const end = (): void => void process.kill(process.pid, 'SIGTERM');
  process.once('disconnect', end);
  if (!process.connected) end();
}

export function reportToParent(isReady: () => boolean): void {
  // A parent that does not listen for a while (Ctrl-Z) is told later, once.
  let isUnderWay = false;
  const report = (): void => {
    if (isUnderWay || !process.connected) return;
    isUnderWay = true;
    const said: WorkerReport = { rssBytes: process.memoryUsage.rss(), isReady: isReady() };
    process.send?.(said, undefined, {}, () => {
      isUnderWay = false;
    });
  };
  setInterval(report, reportMs).unref();
}
