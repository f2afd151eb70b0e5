// `processor schema check`, `schema register` and `schema types` on the command line.

import { type Command, Option } from 'commander';
import { addConfig, wantedArgument } from './options.js';

export function addSchema(program: Command): void {
  const schema = program
    .command('schema')
    .summary('compare, register and type Avro schemas')
    .description(
      'Compare the Avro schemas of processors with the schema registry, register them, or print their types.',
    );
  const check = schema
    .command('check')
    .summary('whether the registry has the schemas, or would take them')
    .description(
      'Compare the Avro schemas of processors with the schema registry: those that are written must be registered or compatible, those that are only read must be able to read the latest version. Nothing is changed.',
    )
    .argument(...wantedArgument)
    .option('--json', 'print JSON')
    .action(async (wanted: readonly string[], flags) => (await import('../schema/check.js')).check(wanted, flags))
    .addHelpText('after', afterCheck);
  addConfig(check);
  const register = schema
    .command('register')
    .summary('register the schemas that the registry does not have')
    .description(
      'Register the schemas of what processors write, where the registry does not have them. All are checked before the first is registered.',
    )
    .argument(...wantedArgument)
    .option('--inputs', 'also schemas of topics that are only read here', false)
    .option('--dry-run', 'only say what would be registered', false)
    .option('--json', 'print JSON')
    .action(async (wanted: readonly string[], flags) => (await import('../schema/register.js')).register(wanted, flags))
    .addHelpText('after', afterRegister);
  addConfig(register);
  const types = schema
    .command('types')
    .summary('print the TypeScript types of Avro schemas')
    .description('Print TypeScript declarations of what Avro schemas read and write, for avroOf<Read, Write>(schema).')
    .argument('<sources...>', 'schema files (.avsc), topics of the processors here, or subjects of the registry')
    .addOption(
      new Option('--long <type>', 'what a long is: as in the options of avroOf')
        .choices(['number', 'bigint'])
        .default('number'),
    )
    .option('-o, --out <file>', 'write them to a file (default: standard output)')
    .option('--force', 'overwrite the file', false)
    .option('--json', 'print JSON')
    .action(async (sources: readonly string[], flags) => (await import('../schema/types.js')).types(sources, flags))
    .addHelpText('after', afterTypes);
  addConfig(types);
}

const afterCheck = `
The registry is SCHEMA_REGISTRY_URL. Exit code 3 if a schema does not fit, 4 if the registry does not answer.

Examples:
  processor schema check                   all of processors/, in CI before a deployment
  processor schema check enrich-orders --json`;

const afterRegister = `
Topics that are only read are left to who writes them, unless --inputs is given. A second call registers nothing.

Examples:
  processor schema register --dry-run
  processor schema register                before 'processor run', which does not register`;

const afterTypes = `
A name with an ending or a / is a file. Others are topics of the processors here, with the schemas of their code, else subjects of
the registry, with their latest version; for a topic that is not in the code its subjects are taken.

Examples:
  processor schema types schemas/order.avsc --out src/order.ts
  processor schema types orders-value
  processor schema types schemas/*.avsc --long bigint --out src/schemas.ts --force`;
