// The environment, as handlers read it.

import { type Asking, note } from './asking.js';

export function watchEnvironment(asking: () => Asking | undefined): () => void {
  const { env } = process;
  /** Who goes through all of them has asked once, not for each. */
  let listed: { readonly by: Asking; readonly names: Set<string> } | undefined;
  const isListed = (call: Asking, name: string): boolean => listed?.by === call && listed.names.has(name);
  process.env = new Proxy(env, {
    get(target, name) {
      const call = typeof name === 'string' ? asking() : undefined;
      if (call === undefined || typeof name !== 'string') return Reflect.get(target, name) as unknown;
      if (isListed(call, name)) listed?.names.delete(name);
      else note(call, 'environment', `process.env.${name}`);
      return valueOf(call, target, name);
    },
    has(target, name) {
      const call = typeof name === 'string' ? asking() : undefined;
      if (call === undefined || typeof name !== 'string') return Reflect.has(target, name);
      note(call, 'environment', `'${name}' in process.env`);
      return valueOf(call, target, name) !== undefined;
    },
    ownKeys(target) {
      const call = asking();
      if (call === undefined) return Reflect.ownKeys(target);
      note(call, 'environment', 'process.env');
      const all = new Set([...Object.keys(target), ...call.circumstances.variableNames]);
      const names = [...all].filter((name) => valueOf(call, target, name) !== undefined);
      listed = { by: call, names: new Set(names) };
      return names;
    },
    getOwnPropertyDescriptor(target, name) {
      const call = typeof name === 'string' ? asking() : undefined;
      if (call === undefined || typeof name !== 'string') return Reflect.getOwnPropertyDescriptor(target, name);
      if (!isListed(call, name)) note(call, 'environment', `'${name}' in process.env`);
      const value = valueOf(call, target, name);
      return value === undefined ? undefined : { value, writable: true, enumerable: true, configurable: true };
    },
    set: (target, name, value) => Reflect.set(target, name, value),
  });
  return () => {
    process.env = env;
  };
}

function valueOf({ circumstances, instance }: Asking, env: NodeJS.ProcessEnv, name: string): string | undefined {
  return circumstances.variable(name, instance, env[name]);
}
