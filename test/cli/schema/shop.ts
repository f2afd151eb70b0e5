// A project whose processor reads orders and writes what is due for them, both in Avro; and the registry that it asks.

import { afterAll } from 'vitest';
import { type EmbeddedRegistry, startEmbeddedRegistry } from '../../../src/embedded/schema-registry/server.js';
import { type CliResult, cli, project } from '../support.js';

/** The schema of `orders`, which is only read, and of `dues`, which is written: fields beside those that are always there. */
export interface ShopSchemas {
  readonly order?: readonly object[];
  readonly due?: readonly object[];
}

export function orderSchema(fields: readonly object[] = []): object {
  return { type: 'record', name: 'shop.Order', fields: [{ name: 'id', type: 'long' }, ...fields] };
}

export function dueSchema(fields: readonly object[] = []): object {
  return {
    type: 'record',
    name: 'shop.Due',
    doc: 'What is due.',
    fields: [{ name: 'cents', type: 'long' }, ...fields],
  };
}

export async function shop({ order, due }: ShopSchemas = {}): Promise<string> {
  return project({
    'processors/bill.ts': `import { avro, nullable, processor, text, topic } from 'processor';
const orders = topic('orders', { key: text(), value: avro(${JSON.stringify(orderSchema(order))}) });
const dues = topic('dues', { key: avro('string'), value: nullable(avro(${JSON.stringify(dueSchema(due))})) });
export default processor({ name: 'bill', input: orders, outputs: { dues }, handle() {} });`,
    'processors/plain.ts': `import { processor, text, topic } from 'processor';
export default processor({ name: 'plain', input: topic('notes', { key: text(), value: text() }), handle() {} });`,
  });
}

export async function registry(): Promise<EmbeddedRegistry> {
  const server = await startEmbeddedRegistry();
  running.push(server);
  return server;
}

const running: EmbeddedRegistry[] = [];
afterAll(() => Promise.all(running.map((server) => server.stop())));

export function schemaCommand(folder: string, url?: string): (...args: string[]) => Promise<CliResult> {
  const env = url === undefined ? {} : { SCHEMA_REGISTRY_URL: url };
  return (...args) => cli(['schema', ...args], { cwd: folder, env });
}
