// Chance, as handlers ask for it.

import crypto, { type webcrypto } from 'node:crypto';
import { type SeededRandom, seededRandom } from '../../memory/seeded-random.js';
import { type Asking, type Circumstances, note } from './asking.js';

export function watchChance(asking: () => Asking | undefined): () => void {
  const watched = <Given extends readonly unknown[], Made>(
    what: string,
    real: (...given: Given) => Made,
    still: (random: SeededRandom, ...given: Given) => Made,
    otherwise: (circumstances: Circumstances, ...given: Given) => Made = (_, ...given) => real(...given),
  ): ((...given: Given) => Made) =>
    function watchedChance(...given) {
      const call = asking();
      if (call === undefined) return real(...given);
      note(call, 'chance', what);
      const { circumstances } = call;
      return circumstances.still.has('chance')
        ? still(stillRandom(call), ...given)
        : otherwise(circumstances, ...given);
    };
  const { random } = Math;
  const { randomUUID, randomBytes, randomInt, randomFillSync } = crypto;
  const web = Object.getPrototypeOf(globalThis.crypto) as webcrypto.Crypto;
  const { randomUUID: webUuid, getRandomValues: webValues } = Object.getOwnPropertyDescriptors(web);
  const real = {
    uuid: globalThis.crypto.randomUUID.bind(globalThis.crypto),
    values: globalThis.crypto.getRandomValues.bind(globalThis.crypto) as Function1,
  };
  const uuidOf = (from: SeededRandom): ReturnType<typeof crypto.randomUUID> => {
    const hex = Buffer.from(filled(new Uint8Array(16), from)).toString('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
  };
  Math.random = watched(
    'Math.random()',
    random,
    (from) => from.next(),
    ({ random: from }) => from.next(),
  );
  crypto.randomUUID = watched('randomUUID()', randomUUID, uuidOf);
  // Those that answer by a callback are asked for with nothing but a number here: the real one decides by what it is given.
  crypto.randomBytes = watched('randomBytes()', randomBytes as Function1, (from, ...given) =>
    given.length > 1
      ? (randomBytes as Function1)(...given)
      : Buffer.from(filled(new Uint8Array(given[0] as number), from)),
  ) as typeof randomBytes;
  crypto.randomInt = watched('randomInt()', randomInt as Function1, (from, ...given) => {
    if (typeof given.at(-1) === 'function') return (randomInt as Function1)(...given);
    const [min, max] = given.length > 1 ? (given as [number, number]) : [0, given[0] as number];
    return from.whole(min, max - 1);
  }) as typeof randomInt;
  crypto.randomFillSync = watched('randomFillSync()', randomFillSync as Function1, (from, ...given) =>
    given.length > 1 ? (randomFillSync as Function1)(...given) : filled(given[0] as Uint8Array, from),
  ) as typeof randomFillSync;
  web.randomUUID = watched('crypto.randomUUID()', real.uuid, uuidOf);
  web.getRandomValues = watched('crypto.getRandomValues()', real.values, (from, ...given) =>
    filled(given[0] as Uint8Array, from),
  ) as typeof web.getRandomValues;
  return () => {
    Math.random = random;
    Object.assign(crypto, { randomUUID, randomBytes, randomInt, randomFillSync });
    Object.defineProperties(web, { randomUUID: webUuid, getRandomValues: webValues });
  };
}

/** Overloaded functions of Node, of which only the arguments are passed on. */
type Function1 = (...given: readonly unknown[]) => unknown;

function filled<T extends ArrayBufferView>(view: T, from: SeededRandom): T {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  for (let i = 0; i < bytes.length; i++) bytes[i] = from.whole(0, 255);
  return view;
}

function stillRandom(call: Asking): SeededRandom {
  return seededRandom(call.offset * 7919 + call.partition * 104_729 + call.uses.length);
}
