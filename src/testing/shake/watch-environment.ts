// The environment, as handlers read it.

import { type Asking, note } from './asking.js';

export function watchEnvironment(asking: () => Asking | undefined): () => void {
  const { env } = process;
  process.env = new Proxy(env, {
    get(target, name) {
      const call = typeof name === 'string' ? asking() : undefined;
      if (call === undefined || typeof name !== 'string') return Reflect.get(target, name) as unknown;
      note(call, 'environment', `process.env.${name}`);
      return call.circumstances.variable(name, call.instance, target[name]);
    },
    set: (target, name, value) => Reflect.set(target, name, value),
  });
  return () => {
    process.env = env;
  };
}
