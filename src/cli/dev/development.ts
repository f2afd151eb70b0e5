// Carries out what the session (session.ts) decides: starts and ends children, hears what they report, watches the sources, and
// says how it goes. Owns the children, the watch and the type check.

import { constants } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { ProcessorError } from '../../errors/processor-error.js';
import { configFileNames } from '../config/config-file.js';
import type { Stoppable } from '../lifecycle.js';
import { DevChild } from './child-process.js';
import { type Key, keysHelp } from './keys.js';
import type { Failure, ProcessorRow, Report, Surroundings } from './messages.js';
import { Progress } from './progress.js';
import type { Screen } from './screen.js';
import { type ChildId, type Effect, newSession, type SessionEvent, step } from './session.js';
import type { Say } from './speaker.js';
import { TypeCheck, typeCheckerIn } from './type-check.js';
import { SourceWatch } from './watch-sources.js';

export interface DevelopmentOptions {
  readonly folder: string;
  /** The modules that are wanted and there, absolute. */
  readonly wantedFiles: () => readonly string[];
  readonly checkTypes: boolean;
  /** Lines that are nobody's event. */
  readonly screen: Screen;
  readonly say: Say;
  /** A line that a child has written. */
  readonly passOn: (line: string, from: 'stdout' | 'stderr') => void;
  /** Told now and then how it goes, where there is no live line. */
  readonly isTerminal: boolean;
}

interface Child {
  readonly process: DevChild;
  /** Since when somebody waits for it. */
  readonly sinceMs: number;
  failure?: Failure;
}

/** Longer than a child takes to stop or to give that up, which it then reports itself. */
const drainMsMax = 8000;
const summaryMs = 10_000;

export class Development implements Stoppable {
  readonly finished: Promise<void>;
  readonly #options: DevelopmentOptions;
  readonly #watch: SourceWatch;
  readonly #progress: Progress;
  readonly #summaries: NodeJS.Timeout | undefined;
  readonly #children = new Map<ChildId, Child>();
  #types: TypeCheck | undefined;
  #session = newSession;
  #surroundings: Surroundings | undefined;
  #sinceMs = 0;
  #processors: readonly ProcessorRow[] | undefined;
  #hasRun = false;
  #isOver = false;
  #resolve: () => void = () => {};
  #reject: (error: Error) => void = () => {};

  constructor(options: DevelopmentOptions) {
    this.#options = options;
    const { folder, wantedFiles, say } = options;
    this.#progress = new Progress(options);
    this.#watch = new SourceWatch({
      folder,
      wantedFiles,
      onChange: (files) => {
        say({ event: 'changed', files });
        this.#begin({ event: 'changed' });
      },
      onError: (error) => say({ event: 'notice', message: `changes are not noticed everywhere: ${error.message}` }),
    });
    if (!options.isTerminal) this.#summaries = setInterval(() => this.#progress.summarize(), summaryMs);
    this.finished = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.finished.catch(() => {});
  }

  /** Loads the processors; they run as soon as `connect` was called. */
  begin(): void {
    this.#begin({ event: 'changed' });
  }

  connect(surroundings: Surroundings): void {
    this.#surroundings = surroundings;
    if (this.#options.checkTypes) this.#types = this.#typeCheck();
    for (const { process: child } of this.#children.values()) child.tell({ order: 'connect', ...surroundings });
  }

  press(key: Exclude<Key, 'quit'>): void {
    const { screen, say } = this.#options;
    switch (key) {
      case 'help':
        return screen.write(keysHelp);
      case 'clear':
        return screen.clear();
      case 'lag':
        return screen.write(this.#progress.lagTable());
      case 'restart':
        say({ event: 'restart' });
        return this.#begin({ event: 'restart' });
    }
  }

  async stop(): Promise<void> {
    this.#step({ event: 'end' });
    await this.finished.catch(() => {});
  }

  /** Ends what is left at once, and says no more. */
  kill(): void {
    this.#isOver = true;
    clearInterval(this.#summaries);
    this.#watch.close();
    this.#types?.stop();
    for (const { process: child } of this.#children.values()) child.kill();
  }

  #begin(event: SessionEvent): void {
    this.#sinceMs = performance.now();
    this.#step(event);
  }

  #step(event: SessionEvent): void {
    const [session, effects] = step(this.#session, event);
    this.#session = session;
    for (const effect of effects) this.#perform(effect);
    this.#progress.draw(session);
  }

  #perform(effect: Effect): void {
    const child = 'child' in effect ? this.#children.get(effect.child) : undefined;
    switch (effect.effect) {
      case 'spawn':
        return this.#spawn(effect.child);
      case 'run':
        return child?.process.tell({ order: 'run' });
      case 'drain':
        return this.#drain(effect.child);
      case 'discard':
        // It holds nothing, and what the user's modules do about a SIGTERM is not known.
        return child?.process.kill();
      case 'tell-not-loaded':
        return this.#notLoaded(child?.failure ?? endOf(0), effect.isServing);
      case 'tell-failed':
        this.#options.say({ event: 'failed', failure: child?.failure ?? endOf(0) });
        return this.#types?.start();
      case 'finish':
        return this.#resolve();
    }
  }

  #spawn(id: ChildId): void {
    const { folder, passOn } = this.#options;
    this.#watch.expect([...configFileNames, 'package.json', 'tsconfig.json'].map((name) => join(folder, name)));
    const child = new DevChild({
      onReport: (report) => this.#heard(id, report),
      onLine: passOn,
      onEnd: (code) => this.#ended(id, code),
    });
    this.#children.set(id, { process: child, sinceMs: this.#sinceMs });
    if (this.#surroundings) child.tell({ order: 'connect', ...this.#surroundings });
  }

  #drain(id: ChildId): void {
    this.#children.get(id)?.process.stop();
    setTimeout(() => {
      const child = this.#children.get(id)?.process;
      if (child === undefined) return;
      this.#options.say({ event: 'killed', seconds: drainMsMax / 1000 });
      child.kill();
    }, drainMsMax).unref();
  }

  #heard(id: ChildId, report: Report): void {
    const child = this.#children.get(id);
    if (child === undefined) return;
    switch (report.report) {
      case 'read':
        // What one has read that was discarded says nothing about the one after it.
        if (this.#session.next?.id === id) this.#watch.read(report.stamps);
        return;
      case 'loaded':
        return this.#loaded(id, report);
      case 'ready':
        return this.#ready(child, report.partitions);
      case 'status':
        return this.#progress.hear(id, report.status, this.#session);
      case 'failed':
        child.failure = report;
        return;
    }
  }

  #loaded(id: ChildId, { processors, created }: Extract<Report, { readonly report: 'loaded' }>): void {
    const isNews = created.length > 0 || !isDeepStrictEqual(processors, this.#processors);
    this.#processors = processors;
    if (isNews) this.#options.say({ event: 'loaded', processors, created });
    this.#step({ event: 'loaded', child: id });
  }

  #ready({ sinceMs }: Child, partitions: number): void {
    this.#options.say({ event: 'ready', isReload: this.#hasRun, partitions, ms: performance.now() - sinceMs });
    this.#hasRun = true;
    this.#types?.start();
  }

  #notLoaded(failure: Failure, isServing: boolean): void {
    const { code, details } = failure.json.error;
    // The command line is wrong, which no change of a source makes good.
    if (code === 'PRC_PROCESSOR_UNKNOWN' && this.#processors === undefined)
      return this.#reject(new ProcessorError('PRC_PROCESSOR_UNKNOWN', details as UnknownProcessor));
    this.#watch.widen();
    this.#options.say({ event: 'not-loaded', failure, isServing });
    return this.#types?.start();
  }

  #ended(id: ChildId, code: number): void {
    const child = this.#children.get(id);
    if (child === undefined || this.#isOver) return;
    const { serving, isDraining } = this.#session;
    // What went wrong while it finished is told as well; its successor starts all the same.
    if (id === serving && isDraining && child.failure)
      this.#options.say({ event: 'notice', message: child.failure.text });
    child.failure ??= endOf(code);
    if (id === serving) this.#progress.end();
    this.#step({ event: 'ended', child: id });
    this.#children.delete(id);
  }

  #typeCheck(): TypeCheck | undefined {
    const { folder, say } = this.#options;
    const checker = typeCheckerIn(folder);
    if (!('reason' in checker))
      return new TypeCheck(folder, checker.command, (result) =>
        say(
          result.checked
            ? { event: 'types', mistakes: result.mistakes }
            : { event: 'types-unchecked', reason: result.reason },
        ),
      );
    say({ event: 'types-unchecked', reason: checker.reason });
    return undefined;
  }
}

type UnknownProcessor = ProcessorError<'PRC_PROCESSOR_UNKNOWN'>['details'];

/** The end of a child that has said nothing about it. */
function endOf(code: number): Failure {
  const signal = Object.entries(constants.signals).find(([, number]) => code === 128 + number)?.[0];
  const message = `the process of the processors ended with exit code ${code}${signal === undefined ? '' : ` (${signal})`}`;
  return { text: message, json: { error: { message } } };
}
