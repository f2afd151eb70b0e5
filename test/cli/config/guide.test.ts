// docs/configuration.md is a list by hand; it says what the code takes, no more and no less.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type ConfigValue, configValues, type Scalar } from '../../../src/cli/config/config-values.js';
import { kafkaVariables } from '../../../src/cli/config/kafka-settings.js';
import { exitCodes } from '../../../src/cli/exit-codes.js';

const page = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8');
const cells = (section: string): readonly (readonly string[])[] =>
  [...(page.split(`## ${section}\n`)[1]?.split('\n## ')[0] ?? '').matchAll(/^\| (.+) \|$/gm)]
    .slice(2)
    .map(([, row = '']) => row.split(' | '));

test('the table has every value with its variable, its flag and its default, in the order of the code', () => {
  const values: readonly ConfigValue<Scalar>[] = Object.values(configValues);
  const expected = [
    ...values.map(({ key, variable, flag, isSecret, default: fallback = '' }) => [
      isSecret ? '– (secret)' : `\`${key}\``,
      `\`${variable}\``,
      flag ? `\`${flag.as}\`` : '–',
      fallback === '' ? 'none' : String(fallback),
    ]),
    ...kafkaVariables.map(({ property, variable, isSecret }) =>
      isSecret
        ? ['– (secret)', `\`${variable}\``, '–', 'none']
        : [`\`kafka['${property}']\``, `\`${variable}\``, `\`-X ${property}=…\``, expect.any(String)],
    ),
    ['`kafka` (any other property)', '–', '`-X <prop=value>`', expect.any(String)],
    ['–', '`PROCESSOR_PROFILE`', '`--profile`', 'none'],
    ['–', '–', '`-c, --config`', 'processor.config.ts'],
  ];
  const written = cells('Every value').map((row) => row.map((cell) => cell.replace(/: .*| \(before .*/, '')));
  expect(written).toEqual(expected);
});

test('the exit codes are those of the code', () => {
  const codes = cells('Exit codes').map(([code]) => Number(code));
  expect(codes).toEqual(Object.values(exitCodes));
});
