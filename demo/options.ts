// What `npm run demo` takes on its command line.

import { parseArgs } from 'node:util';

export interface DemoOptions {
  readonly isCrash: boolean;
  /** On the model of Kafka, whether there is a Kafka or not. */
  readonly inMemory: boolean;
  /** Undefined: any. */
  readonly seed?: number;
}

export const usage: string = `usage: npm run demo [-- [--crash [--seed <number>]] [--memory]]

  --crash           kills the processor's processes again and again meanwhile
  --seed <number>   repeats the random choices of another run
  --memory          on the model of Kafka, as where no Kafka can be had
`;

/** The options, or what is wrong with them; '' where only the usage is asked for. */
export function optionsOf(args: readonly string[]): DemoOptions | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        crash: { type: 'boolean', default: false },
        seed: { type: 'string' },
        memory: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) return '';
    const inMemory = values.memory;
    if (values.seed === undefined) return { isCrash: values.crash, inMemory };
    if (!/^\d{1,9}$/.test(values.seed)) return `--seed takes a whole number, not '${values.seed}'`;
    if (!values.crash) return '--seed belongs to --crash: nothing else is random';
    return { isCrash: true, inMemory, seed: Number(values.seed) };
  } catch (error) {
    return (error as Error).message.split('. ')[0] as string;
  }
}
