// The demo's Kafka where there can be one. What this machine lacks for it is said, and the demo goes on without; any other error is a
// defect that no proof on the model may cover up.

import { isNotToBeHad } from '../src/embedded/kafka/not-to-be-had.js';

/** Undefined where there is no Java, no jars, no client, or where Kafka does not start. */
export async function unlessNotToBeHad<Cluster>(
  start: () => Promise<Cluster>,
  say: (line: string) => void,
): Promise<Cluster | undefined> {
  try {
    return await start();
  } catch (error) {
    if (!isNotToBeHad(error)) throw error;
    say(`no Kafka can be had: ${error.message}`);
    return undefined;
  }
}
