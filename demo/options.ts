// What `npm run demo` takes on its command line.

import { parseArgs } from 'node:util';

export interface DemoOptions {
  readonly isCrash: boolean;
  /** Undefined: any. */
  readonly seed?: number;
}

export const usage: string = `usage: npm run demo [-- --crash [--seed <number>]]

  --crash           kills the processor's processes again and again meanwhile
  --seed <number>   repeats the random choices of another run
`;

/** The options, or what is wrong with them; '' where only the usage is asked for. */
export function optionsOf(args: readonly string[]): DemoOptions | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        crash: { type: 'boolean', default: false },
        seed: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) return '';
    if (values.seed === undefined) return { isCrash: values.crash };
    if (!/^\d{1,9}$/.test(values.seed)) return `--seed takes a whole number, not '${values.seed}'`;
    if (!values.crash) return '--seed belongs to --crash: nothing else is random';
    return { isCrash: true, seed: Number(values.seed) };
  } catch (error) {
    return (error as Error).message.split('. ')[0] as string;
  }
}
