// What is answered on the port of `processor run --http`, and what is said where there is none to be had.

import { InvalidArgumentError } from 'commander';
import { describe, expect, onTestFinished, test } from 'vitest';
import { httpAddress } from '../../src/cli/commands/options.js';
import { Health } from '../../src/cli/health.js';
import { openProbes, type Probed, type Probes } from '../../src/cli/probes.js';
import { ProcessorError } from '../../src/errors/processor-error.js';

const well: Probed = {
  whyNotAlive: () => undefined,
  whyNotReady: () => undefined,
  exposition: async () => ({ contentType: 'text/plain; version=0.0.4; charset=utf-8', text: 'a 1\n' }),
};

async function opened(probed: Partial<Probed> = {}): Promise<Probes> {
  const probes = await openProbes({ host: '127.0.0.1', port: 0 }, { ...well, ...probed });
  onTestFinished(() => probes.close());
  return probes;
}

async function got({ url }: Probes, path: string): Promise<readonly [number, string, string | null]> {
  const response = await fetch(url + path);
  return [response.status, await response.text(), response.headers.get('content-type')];
}

describe('the port answers', () => {
  test('that all is well', async () => {
    const probes = await opened();
    expect((await got(probes, '/livez')).slice(0, 2)).toEqual([200, 'alive\n']);
    expect((await got(probes, '/readyz')).slice(0, 2)).toEqual([200, 'ready\n']);
    expect(await got(probes, '/metrics')).toEqual([200, 'a 1\n', 'text/plain; version=0.0.4; charset=utf-8']);
  });

  test('503 and why where something is not', async () => {
    const probes = await opened({
      whyNotAlive: () => 'p has failed: PRC_RECORD_FAILED',
      whyNotReady: () => 'p waits for its group',
      exposition: () => Promise.reject(new Error('no worker answers')),
    });
    expect((await got(probes, '/livez')).slice(0, 2)).toEqual([503, 'not alive: p has failed: PRC_RECORD_FAILED\n']);
    expect((await got(probes, '/readyz')).slice(0, 2)).toEqual([503, 'not ready: p waits for its group\n']);
    expect((await got(probes, '/metrics')).slice(0, 2)).toEqual([503, 'no worker answers\n']);
  });

  test('what there is to whoever asks for something else', async () => {
    expect((await got(await opened(), '/')).slice(0, 2)).toEqual([404, 'There are /livez, /readyz and /metrics.\n']);
  });

  test('nothing once it is closed, also to a connection that was kept open', async () => {
    const probes = await opened();
    await got(probes, '/livez');
    await probes.close();
    await expect(fetch(`${probes.url}/livez`)).rejects.toThrow();
  });
});

describe('a port that cannot be had', () => {
  test('because it is taken is an error that says so', async () => {
    const { url } = await opened();
    const port = Number(new URL(url).port);
    await expect(openProbes({ host: '127.0.0.1', port }, well)).rejects.toMatchObject({
      code: 'PRC_HTTP_UNAVAILABLE',
      message: `probes and metrics cannot be served on ${url}: something listens there already`,
    });
  });

  test('because the address is none of this machine', async () => {
    await expect(openProbes({ host: '192.0.2.1', port: 0 }, well)).rejects.toMatchObject({
      code: 'PRC_HTTP_UNAVAILABLE',
      message: expect.stringContaining('http://192.0.2.1:0: this machine has no such address'),
    });
  });
});

describe('health', () => {
  test('a processor that has failed makes the process neither alive nor ready, whatever else it does', () => {
    const health = new Health(() => true);
    health.expect(['p']);
    const error = new ProcessorError('PRC_HANDLER_TIMEOUT', {
      processor: 'p',
      topic: 't',
      partition: 0,
      offset: 0,
      seconds: 1,
    });
    health.hear({ fact: 'processor-failed', processor: 'p', error }, 0);
    health.hear({ fact: 'processor-failed', processor: 'q', error: new Error('later') }, 0);
    expect(health.whyNotAlive()).toBe('p has failed: PRC_HANDLER_TIMEOUT');
    expect(health.whyNotReady(0)).toBe('p has failed: PRC_HANDLER_TIMEOUT');
  });

  test('a process is not ready before it knows its processors, nor when it is asked to end', () => {
    let isEnding = false;
    const health = new Health(() => isEnding);
    expect(health.whyNotReady(0)).toBe('it is starting');
    health.expect([]);
    expect(health.whyNotReady(0)).toBeUndefined();
    isEnding = true;
    expect(health.whyNotReady(0)).toBe('it is stopping');
    expect(health.whyNotAlive()).toBeUndefined();
  });
});

describe('--http takes', () => {
  test.for([
    ['9464', { http: 9464 }],
    ['0', { http: 0 }],
    ['0.0.0.0:9464', { http: 9464, httpHost: '0.0.0.0' }],
    ['localhost:80', { http: 80, httpHost: 'localhost' }],
    ['[::1]:9464', { http: 9464, httpHost: '::1' }],
  ] as const)('%s', ([text, expected]) => {
    expect(httpAddress(text)).toEqual(expected);
  });

  test.for(['', 'localhost', '65536', ':9464', '::1:9464', 'http://localhost:9464', '9464/metrics', '-1'])(
    'not %s',
    (text) => {
      expect(() => httpAddress(text)).toThrow(InvalidArgumentError);
    },
  );
});
