// Types are checked by the compiler of the user's project.

import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { TypeCheck, type TypeResult, typeCheckerIn, typeResult } from '../../../src/cli/dev/type-check.js';

describe('what the compiler says', () => {
  test('is read line by line, with what explains a mistake below it', () => {
    const said = `processors/p.ts(3,7): error TS2322: Type 'string' is not assignable to type 'number'.
  The expected type comes from property 'cents'.
src/a b.ts(10,1): error TS1005: ';' expected.
`;
    expect(typeResult(2, said)).toEqual({
      checked: true,
      mistakes: [
        {
          file: 'processors/p.ts',
          line: 3,
          column: 7,
          code: 'TS2322',
          message:
            "Type 'string' is not assignable to type 'number'.\n  The expected type comes from property 'cents'.",
        },
        { file: 'src/a b.ts', line: 10, column: 1, code: 'TS1005', message: "';' expected." },
      ],
    });
  });

  test('is no result where it could not begin', () => {
    expect(typeResult(1, "error TS5083: Cannot read file 'tsconfig.json'.\n")).toEqual({
      checked: false,
      reason: "error TS5083: Cannot read file 'tsconfig.json'.",
    });
    expect(typeResult(null, '')).toEqual({ checked: false, reason: 'the compiler ended with null' });
  });
});

describe('a folder', () => {
  test('without a tsconfig.json or without TypeScript is not checked, and says which', () => {
    const folder = temporary();
    expect(typeCheckerIn(folder)).toEqual({ reason: 'there is no tsconfig.json here' });
    writeFileSync(join(folder, 'tsconfig.json'), '{}');
    expect(typeCheckerIn(folder)).toEqual({ reason: 'the package typescript is not installed here' });
  });

  // The compiler runs with low priority: on a busy machine it takes its time.
  test('is checked by its own TypeScript; what was said already is not said again', { timeout: 120_000 }, async () => {
    const folder = temporary();
    const options = { compilerOptions: { strict: true, types: [], skipLibCheck: true, lib: ['es2023'] } };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(options));
    symlinkSync(fileURLToPath(new URL('../../../node_modules', import.meta.url)), join(folder, 'node_modules'));
    writeFileSync(join(folder, 'a.ts'), "export const cents: number = 'three';\n");
    const checker = typeCheckerIn(folder);
    if ('reason' in checker) throw new Error(checker.reason);
    const results = new Results();
    const check = new TypeCheck(folder, checker.command, (result) => results.add(result));
    check.start();
    expect(await results.next()).toMatchObject({
      checked: true,
      mistakes: [{ file: 'a.ts', line: 1, column: 14, code: 'TS2322' }],
    });
    writeFileSync(join(folder, 'a.ts'), 'export const cents: number = 3;\n');
    // The first of the two is cut off.
    check.start();
    check.start();
    expect(await results.next()).toEqual({ checked: true, mistakes: [] });
    expect(results.count).toBe(2);
  });
});

class Results {
  count = 0;
  #resolve: (result: TypeResult) => void = () => {};
  #next = this.#promise();

  add(result: TypeResult): void {
    this.count++;
    this.#resolve(result);
  }

  async next(): Promise<TypeResult> {
    const result = await this.#next;
    this.#next = this.#promise();
    return result;
  }

  #promise(): Promise<TypeResult> {
    return new Promise((resolve) => (this.#resolve = resolve));
  }
}

function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), 'processor-types-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
