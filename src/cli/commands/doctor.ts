// `processor doctor` on the command line.

import type { Command } from 'commander';
import { addConnection } from './options.js';

export function addDoctor(program: Command): void {
  const doctor = program
    .command('doctor')
    .summary('look at this machine, the installation and the connections')
    .description(
      'Look at this machine and the installation, and try the connections that are configured: what is missing, and what to do about it. Nothing is changed.',
    )
    .option('--json', 'print JSON')
    .action(async (flags) => (await import('../doctor/doctor.js')).doctor(flags))
    .addHelpText('after', afterDoctor);
  addConnection(doctor);
}

const afterDoctor = `
A line for each thing: ✔ good, ! doubtful, ✘ bad, with what to do. It ends with 3 if anything is bad, with 4 if all that is bad is
that somebody does not answer, and with 0 otherwise. It prints no secrets.

Examples:
  processor doctor                                 the machine, and what the environment names
  processor doctor -b kafka:9092 --json            with these brokers, for a program`;
