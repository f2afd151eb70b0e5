// What a planted defect is: something that could be wrong with the engine or its client, as edits of their sources. Nothing of it
// is in the product: the edits are made in a copy of the transpiled tree (planted-tree.ts), for one run of the simulation.

export interface Defect {
  /** In kebab-case: what is wrong, in two or three words. */
  readonly name: string;
  /** One sentence: what the engine does with it. */
  readonly what: string;
  /** The rule of ARCHITECTURE.md that it breaks. */
  readonly rule: `E${number}`;
  readonly edits: readonly Edit[];
  /** Where nothing comes of it, because something else stands behind this rule: what. */
  readonly hiddenBy?: string;
  /** Where the simulation cannot see it yet: what it lacks. */
  readonly awaits?: string;
}

/** `find` stands in the file once. */
export interface Edit {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** The texts of the files that a defect changes. Edits of one file are made one after another. */
export function editedTexts({ name, edits }: Defect, textOf: (file: string) => string): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const { file, find, replace } of edits) {
    const parts = (texts.get(file) ?? textOf(file)).split(find);
    const [before, after] = parts;
    if (before === undefined || after === undefined || parts.length > 2)
      throw new Error(`${name}: ${parts.length - 1} places of ${file} read\n${find}`);
    texts.set(file, before + replace + after);
  }
  return texts;
}
