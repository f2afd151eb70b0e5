// The questions of `processor init`, answered.

import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { ask, type Wanted } from '../../../src/cli/init/questions.js';

const otherwise: Wanted = { dir: '.', template: 'minimal' };

test.for([
  { typed: 'shop\navro\n', wanted: { dir: 'shop', template: 'avro' } },
  { typed: '\n\n', wanted: otherwise },
  { typed: '  shop \n  avro\n', wanted: { dir: 'shop', template: 'avro' } },
  { typed: 'shop\navor\n3\navro\n', wanted: { dir: 'shop', template: 'avro' } },
])('$typed', async ({ typed, wanted }) => {
  expect(await answered({}, typed)).toMatchObject({ wanted });
});

test('what is given is not asked for', async () => {
  expect(await answered({ dir: 'shop' }, 'avro\n')).toEqual({
    wanted: { dir: 'shop', template: 'avro' },
    said: 'Template, one of minimal, two-outputs, avro (minimal): ',
  });
  expect(await answered({ dir: 'shop', template: 'avro' }, '')).toMatchObject({ said: '' });
});

test('a template that is mistyped is asked for again', async () => {
  const { said } = await answered({ dir: 'shop' }, 'two-outptus\n\n');
  expect(said).toContain("There is no template 'two-outptus'. Did you mean 'two-outputs'?\nTemplate, ");
});

test.for(['', 'shop\n', 'shop\nnone'])('an end of the input after %j is no answer', async (typed) => {
  await expect(answered({}, typed)).rejects.toMatchObject({ code: 'PRC_INIT_CANCELLED' });
});

async function answered(
  given: Partial<Wanted>,
  typed: string,
): Promise<{ readonly wanted: Wanted; readonly said: string }> {
  const [input, output] = [new PassThrough(), new PassThrough()];
  input.end(typed);
  const wanted = await ask(given, otherwise, { input, output });
  return { wanted, said: String(output.read() ?? '') };
}
