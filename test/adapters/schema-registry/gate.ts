// A gate in front of a registry that counts what passes, and delays, fails or redirects what it is told to.

import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Rule = (incoming: IncomingMessage, outgoing: ServerResponse, forward: () => void) => unknown;

export interface Gate {
  readonly url: string;
  /** What was asked, in order. */
  readonly seen: string[];
  /** Each is for one request, in order; without one it is passed on. */
  readonly rules: Rule[];
  readonly atOnceMax: number;
  close(): Promise<void>;
}

export function answerWith(status: number, body: object = {}): Rule {
  return (_incoming, outgoing) => outgoing.writeHead(status).end(JSON.stringify(body));
}

export async function openGate(target: string): Promise<Gate> {
  const seen: string[] = [];
  const rules: Rule[] = [];
  let atOnce = 0;
  let atOnceMax = 0;
  const server: Server = createServer((incoming, outgoing) => {
    seen.push(`${incoming.method} ${incoming.url}`);
    atOnceMax = Math.max(atOnceMax, ++atOnce);
    outgoing.on('close', () => atOnce--);
    const forward = () => {
      const { method, headers, url } = incoming;
      const passed = request(`${target}${url}`, { method: method ?? 'GET', headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
      incoming.pipe(passed);
    };
    (rules.shift() ?? ((_in, _out, pass) => pass()))(incoming, outgoing, forward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    rules,
    get atOnceMax() {
      return atOnceMax;
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
