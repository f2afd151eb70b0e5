// `processor produce` on the command line.

import type { Command } from 'commander';
import { addConnection, addRegisterSchemas } from './options.js';

export function addProduce(program: Command): void {
  const produce = program
    .command('produce')
    .summary('send records, given as JSON lines')
    .description(
      'Send records to a topic: one JSON object per line, from standard input or a file, encoded by the codecs of the processors here.',
    )
    .argument('<topic>')
    .option('-f, --file <path>', 'read the lines from a file')
    .option('--raw', 'do not use the codecs of the processors here', false)
    .option('--json', 'report as JSON')
    .action(async (topic: string, flags) => (await import('../produce.js')).produce(topic, flags))
    .addHelpText('after', afterProduce);
  addRegisterSchemas(produce);
  addConnection(produce);
}

const afterProduce = `
A line: {"key": …, "value": …, "headers": {"name": "text"}, "timestamp": 1767225600000, "partition": 0}
All but the value may be left out. What JSON has no form for, as tail prints it: bytes {"$base64": "AAE="}, a date
{"$date": "2026-11-21T09:00:00Z"}, a bigint {"$bigint": "123"}, {"$number": "NaN"}. A text without a codec is sent as it is, anything else as
JSON. Keys choose the partition as Java's producers do. Every record is acknowledged by the broker before it counts.

Examples:
  echo '{"key": "4", "value": {"orderId": 1}}' | processor produce orders
  processor produce orders -f orders.jsonl`;
