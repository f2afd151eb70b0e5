// What the package exports, by name: a name that comes, goes or changes its kind is a decision, and shows here.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const { exports } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as {
  exports: Record<string, { source: string } | string>;
};

describe('the public names of', () => {
  const entries = Object.entries(exports).flatMap(([name, target]) =>
    typeof target === 'string' ? [] : [{ name, source: root + target.source }],
  );
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, (file) => ts.sys.readFile(file)) as { config: unknown };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const program = ts.createProgram(
    entries.map(({ source }) => source),
    options,
  );
  const checker = program.getTypeChecker();

  for (const { name, source } of entries)
    test(name === '.' ? 'processor' : `processor/${name.slice(2)}`, () => {
      const file = program.getSourceFile(source);
      const symbol = file && checker.getSymbolAtLocation(file);
      expect(symbol, `${source} is a module`).toBeDefined();
      const names = checker.getExportsOfModule(symbol as ts.Symbol).map((found) => {
        const target = found.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(found) : found;
        return `${found.name}: ${target.flags & ts.SymbolFlags.Value ? 'value' : 'type'}`;
      });
      expect(names.sort()).toMatchSnapshot();
    });
});
