import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findJava } from '../../../src/embedded/kafka/java.js';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'processor-java-'));
});
afterEach(() => rmSync(home, { recursive: true }));

test('JAVA_HOME comes before the PATH, and its release file tells the version', () => {
  installJava('21.0.2');
  const java = findJava({ ...process.env, JAVA_HOME: home });
  expect(java).toEqual({ path: join(home, 'bin/java'), version: '21.0.2' });
});

test.each(['11.0.20', '1.8.0_392'])('Java %s is refused by name', (version) => {
  installJava(version);
  expect(() => findJava({ JAVA_HOME: home })).toThrow(
    expect.objectContaining({ code: 'PRC_EMBEDDED_JAVA_TOO_OLD', message: expect.stringContaining(version) }),
  );
});

test('without any Java the error says what to install', () => {
  expect(() => findJava({ PATH: home })).toThrow(
    expect.objectContaining({ code: 'PRC_EMBEDDED_JAVA_MISSING', hint: expect.stringContaining('openjdk-17') }),
  );
  expect(() => findJava({ JAVA_HOME: home })).toThrow(/JAVA_HOME .* has no bin\/java/);
});

function installJava(version: string): void {
  mkdirSync(join(home, 'bin'));
  writeFileSync(join(home, 'bin/java'), '');
  writeFileSync(join(home, 'release'), `IMPLEMENTOR="Nobody"\nJAVA_VERSION="${version}"\n`);
}
