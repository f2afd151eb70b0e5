// `processor dev`: Kafka, the registry, the processors in a child process, and these anew whenever a source changes. This process
// makes no client and loads none of the user's modules but the configuration. Owns what it has started, and ends all of it.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ProcessorError } from '../../errors/processor-error.js';
import { loadConfig } from '../config/load-config.js';
import type { ConnectionFlags } from '../connection.js';
import { choose, modulesFolder } from '../discover.js';
import { endProcessByForce } from '../end-process.js';
import { Lifecycle } from '../lifecycle.js';
import { Development } from './development.js';
import { type Key, listenToKeys } from './keys.js';
import { type OpenPlace, openPlace } from './place.js';
import { plainScreen, type Screen, terminalScreen } from './screen.js';
import { type Say, speaker } from './speaker.js';
import { versions } from './versions.js';

export interface DevFlags extends ConnectionFlags {
  readonly reset?: boolean;
  readonly createTopics?: boolean;
  readonly memory?: boolean;
  /** False with `--no-types`. */
  readonly types: boolean;
  readonly json?: boolean;
  /** Run by a parent that is `dev` itself. */
  readonly child?: boolean;
}

/** A child takes a second, or is killed after eight, and Kafka may take ten to end cleanly. */
const stopMsMax = 25_000;

/** @throws PRC_MODULE_MISSING, PRC_PROCESSOR_UNKNOWN, PRC_STOP_OVERDUE, and as `loadConfig` and `openPlace` */
export async function dev(wanted: readonly string[], flags: DevFlags): Promise<void> {
  const json = flags.json ?? false;
  const isTerminal = process.stdout.isTTY && !json;
  const screen = isTerminal ? terminalScreen(process.stdout, process.stderr) : plainScreen;
  const say = speaker(screen, { folder: process.cwd(), json });
  const development = new Development({
    folder: process.cwd(),
    wantedFiles: () => filesOf(wanted),
    checkTypes: flags.types,
    screen,
    say,
    passOn: json ? passOnAsJson(screen, say) : screen.write,
    isTerminal,
  });
  const stopKeys: (() => void)[] = [];
  let open: OpenPlace | undefined;
  try {
    await lifecycleOf(development, say).untilEnd(async () => {
      say({ event: 'begin', versions: versions() });
      choose(process.cwd(), wanted);
      requireProject(process.cwd(), wanted);
      const config = await loadConfig(flags, process.env, 'dev');
      // The processors are loaded while Kafka starts.
      development.begin();
      open = await openPlace(config, placeOptions(flags, say));
      say({ event: 'surroundings', ...open.place });
      development.connect(open.surroundings);
      if (isTerminal && process.stdin.isTTY)
        stopKeys.push(listenToKeys(process.stdin, (key) => press(key, development)));
      return development;
    });
  } finally {
    for (const stop of stopKeys) stop();
    development.kill();
    screen.live('');
    await open?.close();
  }
  say({ event: 'stopped' });
}

function lifecycleOf(development: Development, say: Say): Lifecycle {
  // A terminal that is closed.
  process.on('SIGHUP', quit);
  const host = {
    events: process,
    endByForce() {
      development.kill();
      endProcessByForce();
    },
  };
  return new Lifecycle({ info: () => say({ event: 'stopping' }), warn() {}, fatal() {} }, host, stopMsMax);
}

function placeOptions(
  { reset = false, createTopics = false, memory = false }: DevFlags,
  say: Say,
): Parameters<typeof openPlace>[1] {
  const log = (message: string): void => say({ event: 'notice', message });
  return { folder: process.cwd(), reset, createTopics, memory, log };
}

function press(key: Key, development: Development): void {
  if (key === 'quit') quit();
  else development.press(key);
}

/** Every line of standard output is an object there: lines of the log are, and what the user's code writes becomes one. */
function passOnAsJson(screen: Screen, say: Say): Screen['write'] {
  return (line, from) => {
    if (from === 'stdout' && !line.startsWith('{"level":')) say({ event: 'output', line });
    else screen.write(line, from);
  };
}

function quit(): void {
  process.kill(process.pid, 'SIGINT');
}

/** A Kafka and its data are not for the folder that somebody happens to be in. */
function requireProject(folder: string, wanted: readonly string[]): void {
  const modules = join(folder, modulesFolder);
  if (wanted.length === 0 && !existsSync(modules)) throw new ProcessorError('PRC_MODULES_NONE', { folder: modules });
}

/** Those that are there: what is named and was removed is a change of its own. */
function filesOf(wanted: readonly string[]): readonly string[] {
  try {
    return choose(process.cwd(), wanted).files;
  } catch {
    return [];
  }
}
