// The compiler of this repository with its own settings, on modules that exist in memory only.

import { join } from 'node:path';
import ts from 'typescript';

const root = join(import.meta.dirname, '../..');
const folder = join(root, 'test/types');

/** Type-checks modules, given by name and text. They can import each other (`./name.js`) and the sources. */
export function compile(modules: Readonly<Record<string, string>>): Compilation {
  const texts = new Map(Object.entries(modules).map(([name, text]) => [join(folder, `${name}.ts`), text]));
  const host = ts.createCompilerHost(options);
  host.getCurrentDirectory = () => root;
  host.fileExists = (file) => texts.has(file) || ts.sys.fileExists(file);
  host.readFile = (file) => texts.get(file) ?? ts.sys.readFile(file);
  const parsed = host.getSourceFile.bind(host);
  host.getSourceFile = (file, languageVersion, ...rest) => {
    const text = texts.get(file);
    if (text !== undefined) return ts.createSourceFile(file, text, languageVersion);
    const known = sources.get(file) ?? parsed(file, languageVersion, ...rest);
    if (known) sources.set(file, known);
    return known;
  };
  const program = ts.createProgram([...texts.keys()], options, host);
  return {
    /** What the compiler says about a module, one text for each complaint, its details indented below. */
    complaints(name) {
      const source = program.getSourceFile(join(folder, `${name}.ts`));
      const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
      return found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
    },
    program,
  };
}

export interface Compilation {
  readonly complaints: (name: string) => string[];
  readonly program: ts.Program;
}

/** Parsed once for all programs of a test file. */
const sources = new Map<string, ts.SourceFile>();

const options: ts.CompilerOptions = {
  ...ts.parseJsonConfigFileContent(
    ts.readConfigFile(join(root, 'tsconfig.json'), (file) => ts.sys.readFile(file)).config,
    ts.sys,
    root,
  ).options,
  // What the modules are about is their types; nothing in them is used.
  noUnusedLocals: false,
  noUnusedParameters: false,
};
