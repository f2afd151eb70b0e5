// `processor run --http`: what an orchestrator and a collector of metrics ask of a running process. Answers and decides nothing;
// what there is to say, whoever opens it says.

import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import type { Exposition } from '../adapters/prometheus/metrics.js';
import { ProcessorError } from '../errors/processor-error.js';

/** What is asked. A reason says why not. */
export interface Probed {
  readonly whyNotAlive: () => string | undefined;
  readonly whyNotReady: () => string | undefined;
  readonly exposition: () => Promise<Exposition>;
}

export interface HttpAddress {
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
}

export interface Probes {
  /** Where it listens, such as `http://127.0.0.1:9464`. */
  readonly url: string;
  close(): Promise<void>;
}

/** @throws PRC_HTTP_UNAVAILABLE */
export async function openProbes(at: HttpAddress, probed: Probed): Promise<Probes> {
  const app = new Hono();
  app.get('/livez', (c) => answer(c, 'alive', probed.whyNotAlive()));
  app.get('/readyz', (c) => answer(c, 'ready', probed.whyNotReady()));
  app.get('/metrics', async (c) => {
    const { text, contentType } = await probed.exposition();
    return c.body(text, 200, { 'content-type': contentType });
  });
  app.notFound((c) => c.text('There are /livez, /readyz and /metrics.\n', 404));
  app.onError((error, c) => c.text(`${error.message}\n`, 503));
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  await listening(server, at);
  return {
    url: urlOf({ ...at, port: (server.address() as AddressInfo).port }),
    close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // A collector keeps its connection open for the next time.
      server.closeAllConnections();
      return closed;
    },
  };
}

function answer(c: Context, what: string, whyNot: string | undefined): Response {
  return whyNot === undefined ? c.text(`${what}\n`) : c.text(`not ${what}: ${whyNot}\n`, 503);
}

function listening(server: Server, at: HttpAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const reason = reasons[cause.code ?? ''] ?? cause.message;
      reject(new ProcessorError('PRC_HTTP_UNAVAILABLE', { address: urlOf(at), reason }, { cause }));
    });
    server.listen(at.port, at.host, resolve);
  });
}

function urlOf({ host, port }: HttpAddress): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'something listens there already',
  EACCES: 'this user may not listen there',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'this name has no address',
};
