// What `start()` refuses before it connects to anything: what a compiler would have shown, for those who have none.

import { describe, expect, test } from 'vitest';
import { start } from '../../src/engine/start.js';
import { topology } from '../support/engine-story.js';

const story = { topology: topology({ input: 'orders' }) };
const nobody = '127.0.0.1:1';

/** As plain JavaScript calls it. */
const startUntyped = start as (processors: unknown, options?: unknown) => Promise<unknown>;

describe('start() refuses', () => {
  test.for([
    ['onfact', () => {}, 'onFact'],
    ['nameSpace', 'blue-', 'namespace'],
    ['broker', nobody, 'brokers'],
    ['registerSchema', true, 'registerSchemas'],
  ] as const)('the misspelt option %s, and names the one that was meant', async ([misspelt, value, meant]) => {
    await expect(startUntyped(story, { brokers: nobody, [misspelt]: value })).rejects.toMatchObject({
      code: 'PRC_OPTION_UNKNOWN',
      message: `start() has the unknown option '${misspelt}'`,
      hint:
        `Did you mean '${meant}'? It takes: brokers, settings, namespace, registry, registerSchemas, limits, ` +
        'instance, onFact.',
    });
  });

  test('a limit that there is none of', async () => {
    await expect(startUntyped(story, { brokers: nobody, limits: { stallMS: 1 } })).rejects.toMatchObject({
      code: 'PRC_OPTION_UNKNOWN',
      hint: expect.stringContaining("'stallMs'"),
    });
  });

  test.for([
    ['brokers', undefined],
    ['brokers', ''],
    ['brokers', [nobody]],
    ['settings', 'session.timeout.ms=6000'],
    ['namespace', 7],
    ['registry', false],
    ['registerSchemas', 'yes'],
    ['limits', null],
    ['instance', 1],
    ['onFact', {}],
  ] as const)('%s: %o, and says what it takes', async ([option, value]) => {
    await expect(startUntyped(story, { brokers: nobody, [option]: value })).rejects.toMatchObject({
      code: 'PRC_OPTION_INVALID',
      message: expect.stringContaining(`'${option}' cannot be`),
    });
  });

  test('to do without options', async () => {
    await expect(startUntyped(story)).rejects.toMatchObject({ code: 'PRC_OPTIONS_MISSING' });
  });

  test.for([
    ['nothing', undefined],
    ['a module instead of what it exports', { default: story }],
    ['an array with a hole in its imports', [story, undefined]],
  ] as const)('%s as a processor', async ([, processors]) => {
    await expect(startUntyped(processors, { brokers: nobody })).rejects.toMatchObject({
      code: 'PRC_OPTION_INVALID',
      hint: expect.stringContaining('processor()'),
    });
  });
});
