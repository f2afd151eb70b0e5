// Which Java runs the embedded Kafka: JAVA_HOME's, else the first on the PATH. Its version is read from the `release` file
// that every JDK and JRE carries, because asking `java -version` would cost a tenth of every start.

import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { ProcessorError } from '../../errors/processor-error.js';

export interface Java {
  /** The real path of its executable. */
  readonly path: string;
  /** As its release file says, such as '17.0.15'; undefined where it has no such file. */
  readonly version: string | undefined;
}

/** The oldest Java that Kafka 4's broker runs on. */
const majorMin = 17;

/**
 * Finds the Java to use.
 * @throws PRC_EMBEDDED_JAVA_MISSING, PRC_EMBEDDED_JAVA_TOO_OLD
 */
export function findJava(environment: NodeJS.ProcessEnv = process.env): Java {
  const path = realpathSync(findExecutable(environment));
  const version = readVersion(path);
  if (version !== undefined && major(version) < majorMin) {
    throw new ProcessorError('PRC_EMBEDDED_JAVA_TOO_OLD', { java: path, version });
  }
  return { path, version };
}

function findExecutable(environment: NodeJS.ProcessEnv): string {
  const home = environment['JAVA_HOME'];
  if (home !== undefined && home !== '') {
    const path = join(home, 'bin/java');
    if (existsSync(path)) return path;
    throw new ProcessorError('PRC_EMBEDDED_JAVA_MISSING', { problem: `JAVA_HOME (${home}) has no bin/java` });
  }
  const folders = (environment['PATH'] ?? '').split(delimiter);
  const found = folders.map((folder) => join(folder, 'java')).find((path) => existsSync(path));
  if (found === undefined)
    throw new ProcessorError('PRC_EMBEDDED_JAVA_MISSING', { problem: 'there is no java on the PATH' });
  return found;
}

function readVersion(executable: string): string | undefined {
  const release = join(executable, '../../release');
  if (!existsSync(release)) return undefined;
  return /^JAVA_VERSION="([^"]+)"/m.exec(readFileSync(release, 'utf8'))?.[1];
}

/** '17.0.15' → 17, and the old way of counting: '1.8.0_392' → 8. */
function major(version: string): number {
  const [first, second] = version.split(/[._-]/).map(Number);
  return (first === 1 ? second : first) ?? 0;
}
