// The command line: every command with its options, and nothing else. What a command does is in the file of its name, which
// is loaded when the command is called, so that help is quick and loads no client.

import { Command, InvalidArgumentError, Option } from 'commander';

/** @param version of the package */
export function commandLine(version: string): Command {
  const program = new Command('processor')
    .description('Exactly-once stream processing on Kafka')
    .usage('<command> [options]')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText('after', afterAll);

  const run = program
    .command('run')
    .summary('run processors until they are stopped')
    .description('Run processors until they are stopped.')
    .argument('[modules or names...]', 'processors by name, or modules by path (default: all of processors/)')
    .option('--register-schemas', 'register schemas that the registry does not have', false)
    .addOption(namespaceOption())
    .option(
      '--memory-max <size>',
      'hand over to a fresh process when this one holds more, such as 512MiB (default: no limit)',
      byteSize,
    )
    .addOption(new Option('--worker').hideHelp())
    .option('--json', 'log as JSON on a terminal too, report errors as JSON')
    .action(async (wanted: readonly string[], { memoryMax, worker, ...flags }) =>
      memoryMax === undefined || worker
        ? (await import('./run.js')).run(wanted, { worker, ...flags })
        : (await import('./recycle.js')).runInWorkers(flags, memoryMax),
    )
    .addHelpText('after', afterRun);
  addConnection(run);

  program
    .command('describe')
    .summary('what processors read, write and must be allowed')
    .description(
      'Print what processors read and write, what they are called in Kafka, and what a login needs to run them.',
    )
    .argument('[modules or names...]', 'processors by name, or modules by path (default: all of processors/)')
    .addOption(
      new Option('--format <format>', 'for people, or as kafka-acls commands')
        .choices(['text', 'acls'])
        .default('text'),
    )
    .option('--principal <name>', 'who the commands are for (default: User: and KAFKA_SASL_USERNAME)')
    .option('-b, --brokers <list>', 'brokers in the commands (default: KAFKA_BROKERS)')
    .option('--command-config <file>', "a file with the administrator's own login, for the commands")
    .addOption(namespaceOption())
    .option('--json', 'print JSON')
    .action(async (wanted: readonly string[], flags) => (await import('./describe.js')).describe(wanted, flags))
    .addHelpText('after', afterDescribe);

  const topics = program.command('topics').summary('create or list topics').description('Create or list topics.');
  const create = topics
    .command('create')
    .summary('create the topics that processors need')
    .description('Create the topics that processors need and that do not exist: inputs, outputs and dead letters.')
    .argument('[modules or names...]', 'processors by name, or modules by path (default: all of processors/)')
    .option('--partitions <count>', "for topics whose definition names none (default: the broker's)", wholeNumber(1))
    .option('--replication-factor <count>', "(default: the broker's)", wholeNumber(1))
    .addOption(namespaceOption())
    .option('--json', 'print JSON')
    .action(async (wanted: readonly string[], flags) =>
      (await import('./topics-create.js')).createTopics(wanted, flags),
    )
    .addHelpText('after', afterCreate);
  addConnection(create);
  const list = topics
    .command('list')
    .summary('list topics and who uses them')
    .description('List all topics with their partitions, and which processors use them.')
    .addOption(namespaceOption())
    .option('--json', 'print JSON')
    .action(async (flags) => (await import('./topics-list.js')).listTopics(flags));
  addConnection(list);

  const tail = program
    .command('tail')
    .summary('print the records of a topic, decoded')
    .description(
      'Print the records of a topic, decoded by the codecs of the processors here, or as well as can be guessed.',
    )
    .argument('<topic>')
    .addOption(
      new Option('--isolation <level>', 'leave out records of open and aborted transactions, or not')
        .choices(['committed', 'uncommitted'])
        .default('committed'),
    )
    .option(
      '--from <place>',
      'beginning, end, an offset, or a time such as 2026-11-21T09:00:00Z (default: end; beginning with --no-follow)',
    )
    .option('-n, --limit <count>', 'end after so many records', wholeNumber(1))
    .option('-p, --partition <number>', 'only this partition (repeatable)', collect(wholeNumber(0)))
    .option('--no-follow', 'end where the topic ends')
    .option('--raw', 'do not use the codecs of the processors here', false)
    .option('--json', 'print JSON, one record per line')
    .action(async (topic: string, flags) => (await import('./tail.js')).tail(topic, flags))
    .addHelpText('after', afterTail);
  addConnection(tail);

  const produce = program
    .command('produce')
    .summary('send records, given as JSON lines')
    .description(
      'Send records to a topic: one JSON object per line, from standard input or a file, encoded by the codecs of the processors here.',
    )
    .argument('<topic>')
    .option('-f, --file <path>', 'read the lines from a file')
    .option('--register-schemas', 'register schemas that the registry does not have', false)
    .option('--raw', 'do not use the codecs of the processors here', false)
    .option('--json', 'report as JSON')
    .action(async (topic: string, flags) => (await import('./produce.js')).produce(topic, flags))
    .addHelpText('after', afterProduce);
  addConnection(produce);

  return program;
}

function addConnection(command: Command): void {
  command
    .option('-b, --brokers <list>', 'Kafka brokers as host:port,… (default: KAFKA_BROKERS)')
    .option('-X <prop=value>', 'a property of librdkafka (repeatable)', collect(asIs));
}

function namespaceOption(): Option {
  return new Option(
    '--namespace <prefix>',
    'before groups, transactional ids and dead letters (default: PROCESSOR_NAMESPACE)',
  );
}

function collect<T>(parse: (text: string) => T): (text: string, before: readonly T[] | undefined) => readonly T[] {
  return (text, before = []) => [...before, parse(text)];
}

function asIs(text: string): string {
  return text;
}

function wholeNumber(min: number): (text: string) => number {
  return (text) => {
    if (/^\d{1,15}$/.test(text) && Number(text) >= min) return Number(text);
    throw new InvalidArgumentError(`It is a whole number from ${min}.`);
  };
}

function byteSize(text: string): number {
  const [, amount, unit] = /^(\d{1,9}(?:\.\d{1,3})?)(MiB|GiB|MB|GB)$/.exec(text) ?? [];
  const bytes = Math.round(Number(amount) * (unitBytes[unit as keyof typeof unitBytes] ?? Number.NaN));
  if (bytes > 0) return bytes;
  throw new InvalidArgumentError('It is a size such as 512MiB or 2GiB.');
}

const unitBytes = { MiB: 2 ** 20, GiB: 2 ** 30, MB: 1e6, GB: 1e9 } as const;

const afterAll = `
Examples:
  processor run                                    all processors of processors/
  processor run enrich-orders -b localhost:9092    one of them
  processor topics create                          what they need
  processor tail enriched-orders --from beginning

Environment: KAFKA_BROKERS, SCHEMA_REGISTRY_URL, PROCESSOR_NAMESPACE, LOG_LEVEL (processor run --help has all)
Exit codes:  0 ok  1 error  2 usage  3 configuration  4 unreachable  130 ended by force`;

const afterRun = `
Processors are the default exports of processors/*.ts (.mts, .js, .mjs), without subfolders, tests and names that begin
with _. Types are not checked; that is tsc's work. SIGTERM or Ctrl-C stops: what is under way is finished and the group
left, in about a second. A second one aborts, a third one ends the process at once.

Environment:
  KAFKA_BROKERS, KAFKA_SECURITY_PROTOCOL, KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD,
  KAFKA_SSL_CA_LOCATION, KAFKA_SSL_KEY_PASSWORD, SCHEMA_REGISTRY_URL, SCHEMA_REGISTRY_BASIC_AUTH_USER_INFO,
  PROCESSOR_NAMESPACE; each also as …_FILE, the path of a file that holds the value. LOG_LEVEL: debug, info, warn, …

Examples:
  processor run                                    all of processors/
  processor run enrich-orders settle               two of them
  processor run ./jobs/nightly.ts                  a module somewhere else
  processor run --memory-max 1GiB                  two processes for a moment when one holds more
  processor run -X session.timeout.ms=6000         a property of librdkafka; those that break the promise are refused`;

const afterDescribe = `
It connects to nothing. READ and WRITE include DESCRIBE, as in Kafka.

Examples:
  processor describe                                         all of processors/
  processor describe enrich-orders --format acls --command-config admin.properties | sh
                                                             gives the login of KAFKA_SASL_USERNAME what it needs
  processor describe --format acls --principal User:CN=enrich --namespace staging-`;

const afterCreate = `
Partitions and settings are those of topic(…). Dead letters get the partitions of the processor's inputs and are kept for
ever. A topic that exists is left alone; where its partitions differ from its definition, that is said.

Examples:
  processor topics create
  processor topics create enrich-orders --partitions 12 --replication-factor 3`;

const afterTail = `
It is no member of any group and commits nothing.

Examples:
  processor tail orders                                        what comes from now on
  processor tail orders --from beginning --no-follow -n 10     the first ten
  processor tail orders --from 2026-11-21T09:00:00Z --json     as JSON lines, since then
  processor tail enriched-orders --isolation uncommitted       open and aborted transactions too`;

const afterProduce = `
A line: {"key": …, "value": …, "headers": {"name": "text"}, "timestamp": 1767225600000, "partition": 0}
All but the value may be left out. What JSON has no form for, as tail prints it: bytes {"$base64": "AAE="}, a date
{"$date": "2026-11-21T09:00:00Z"}, a bigint {"$bigint": "123"}, {"$number": "NaN"}. A text without a codec is sent as it is, anything else as
JSON. Keys choose the partition as Java's producers do. Every record is acknowledged by the broker before it counts.

Examples:
  echo '{"key": "4", "value": {"orderId": 1}}' | processor produce orders
  processor produce orders -f orders.jsonl`;
