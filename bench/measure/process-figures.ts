// What the kernel knows of a process, from outside of it, so that the same figure stands for Node, Java and Go. Where there is no
// /proc, nothing is known.

import { readFileSync } from 'node:fs';

/** User and system time. */
export function cpuSecondsOf(pid: number | undefined): number | undefined {
  const stat = pid === undefined ? undefined : read(`/proc/${pid}/stat`);
  // The second field is the command in brackets, and may hold anything.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields && (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** The highest resident set since its start. */
export function peakRssMiBOf(pid: number): number | undefined {
  const kiB = /^VmHWM:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`) ?? '')?.[1];
  return kiB === undefined ? undefined : Math.round(Number(kiB) / 1024);
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}

/** Linux tells times in hundredths of a second, on every machine that Node runs on. */
const ticksPerSecond = 100;
