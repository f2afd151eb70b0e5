// Where the embedded registry keeps its schemas. Entries are facts with a key, and a later one replaces an earlier one of
// the same key: a file of lines, and as well a compacted topic, hold all of a registry's state.

import { type FileHandle, mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CompatibilityLevel, SchemaType } from '../../codecs/schema-compatibility.js';
import { ProcessorError } from '../../errors/processor-error.js';

export type RegistryEntry =
  | {
      readonly kind: 'schema';
      readonly subject: string;
      readonly version: number;
      readonly id: number;
      readonly schemaType: SchemaType;
      readonly schema: string;
      /** Hidden from the subject; its id stays readable. */
      readonly deleted: boolean;
    }
  | {
      readonly kind: 'config';
      /** Null for all subjects that have no level of their own. */
      readonly subject: string | null;
      /** Null takes the level away. */
      readonly level: CompatibilityLevel | null;
    };

/** Two entries with the same key are about the same thing. */
export function entryKey(entry: RegistryEntry): string {
  return JSON.stringify([entry.kind, entry.subject, entry.kind === 'schema' ? entry.version : 0]);
}

export interface RegistryStorage {
  /** Every entry, in the order in which they were put; of entries with the same key the last one counts. Called once, first. */
  load(): Promise<readonly RegistryEntry[]>;
  /** Resolves when the entry would survive a crash. Calls do not overlap. */
  put(entry: RegistryEntry): Promise<void>;
  close(): Promise<void>;
}

/** Keeps nothing beyond the process. */
export function memoryStorage(): RegistryStorage {
  return { load: async () => [], put: async () => {}, close: async () => {} };
}

/** Keeps the entries as lines of JSON in `<dataDir>/schemas.jsonl`, for one process at a time. */
export function fileStorage(dataDir: string): RegistryStorage {
  return new FileStorage(dataDir);
}

class FileStorage implements RegistryStorage {
  private readonly dataDir: string;
  private readonly path: string;
  private file: FileHandle | undefined;
  /** Everything before this is whole lines. */
  private length = 0;

  constructor(dataDir: string) {
    this.dataDir = dataDir;
    this.path = join(dataDir, 'schemas.jsonl');
  }

  async load(): Promise<readonly RegistryEntry[]> {
    await mkdir(this.dataDir, { recursive: true });
    this.file = await open(this.path, 'a+');
    const bytes = await readFile(this.path);
    // A line without its end was never acknowledged: the process died while it was written.
    this.length = bytes.lastIndexOf('\n') + 1;
    if (this.length < bytes.length) await this.file.truncate(this.length);
    const lines = bytes.subarray(0, this.length).toString('utf8').split('\n').slice(0, -1);
    return lines.map((line, index) => this.parse(line, index + 1));
  }

  async put(entry: RegistryEntry): Promise<void> {
    if (this.file === undefined) throw new Error('the schema file is not open');
    const line = Buffer.from(`${JSON.stringify(entry)}\n`);
    try {
      await this.file.appendFile(line);
      await this.file.datasync();
    } catch (error) {
      // Half a line would spoil the next one.
      await this.file.truncate(this.length);
      throw error;
    }
    this.length += line.length;
  }

  async close(): Promise<void> {
    await this.file?.close();
    this.file = undefined;
  }

  private parse(text: string, line: number): RegistryEntry {
    try {
      return JSON.parse(text) as RegistryEntry;
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      throw new ProcessorError('PRC_REGISTRY_STORAGE_DAMAGED', { file: this.path, line, problem }, { cause: error });
    }
  }
}
