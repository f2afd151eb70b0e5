// The sides in other languages or of other packages, made ready on this machine: built into the user's cache folder when they are
// asked for first. Where that cannot be done they are left out, with the reason.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../../demo/repository.js';
import { findJava } from '../../src/embedded/kafka/java.js';
import type { Missing } from '../sides/side.js';
import type { SideCommand } from '../sides/side-process.js';
import { built, run } from './build.js';

export interface Peers {
  readonly 'kafka-streams': (SideCommand & Versioned) | Missing;
  readonly 'franz-go': (SideCommand & Versioned) | Missing;
  readonly kafkajs: ({ readonly module: string } & Versioned) | Missing;
}

interface Versioned {
  readonly version: string;
}

export type PeerName = keyof Peers;

/** Makes those ready that are wanted. */
export async function providePeers(wanted: ReadonlySet<PeerName>, say: (line: string) => void): Promise<Peers> {
  const provide = <Peer>(name: PeerName, make: () => Promise<Peer | Missing>): Promise<Peer | Missing> =>
    wanted.has(name) ? make() : Promise.resolve({ missing: 'not asked for' });
  return {
    'kafka-streams': await provide('kafka-streams', () => kafkaStreams(say)),
    'franz-go': await provide('franz-go', () => franzGo(say)),
    kafkajs: await provide('kafkajs', () => kafkajs(say)),
  };
}

async function kafkaStreams(say: (line: string) => void): Promise<Peers['kafka-streams']> {
  const sources = sourcesOf('kafka-streams');
  const folder = await built('kafka-streams', [sources], (into) => run('mvn', ['-q', '-B', 'package'], into), say);
  if (typeof folder !== 'string') return folder;
  const java = findJava();
  const classPath = [join(folder, 'target/side.jar'), join(folder, 'target/lib/*')].join(':');
  const version = versionIn(join(sources, 'pom.xml'), /<kafka\.version>(.*?)</);
  return {
    command: java.path,
    args: ['-Xmx2g', '-cp', classPath, 'bench.Side'],
    version: `Kafka Streams ${version}, Java ${java.version}`,
  };
}

async function franzGo(say: (line: string) => void): Promise<Peers['franz-go']> {
  const sources = sourcesOf('franz-go');
  const folder = await built('franz-go', [sources], (into) => run('go', ['build', '-o', 'side', '.'], into), say);
  if (typeof folder !== 'string') return folder;
  const version = versionIn(join(sources, 'go.mod'), /franz-go v(\S+)/);
  // What was built once runs without it, too.
  const go = await run('go', ['version'], folder).then(
    ({ stdout }) => `, ${stdout.split(' ')[2]}`,
    () => '',
  );
  return { command: join(folder, 'side'), args: [], version: `franz-go ${version}${go}` };
}

const kafkajsVersion = '2.2.4';

async function kafkajs(say: (line: string) => void): Promise<Peers['kafkajs']> {
  const install = ['install', '--no-audit', '--no-fund', '--prefix', '.', `kafkajs@${kafkajsVersion}`];
  const folder = await built(`kafkajs-${kafkajsVersion}`, [], (into) => run('npm', install, into), say);
  if (typeof folder !== 'string') return folder;
  return { module: join(folder, 'node_modules/kafkajs'), version: `kafkajs ${kafkajsVersion}` };
}

function sourcesOf(peer: string): string {
  return join(repositoryRoot, 'bench/peers', peer);
}

function versionIn(file: string, pattern: RegExp): string {
  const version = pattern.exec(readFileSync(file, 'utf8'))?.[1];
  if (version === undefined) throw new Error(`${file} names no version`);
  return version;
}
