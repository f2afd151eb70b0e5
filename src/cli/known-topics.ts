// Adds to "there is no such topic" the name that was probably meant.

import { didYouMean } from '../errors/did-you-mean.js';
import { ProcessorError } from '../errors/processor-error.js';
import type { Connection } from './connection.js';
import { useKafka } from './use-kafka.js';

/** The same error with a suggestion, if it is about an unknown topic; any other error as it is. */
export async function unknownTopic(error: unknown, topic: string, connection: Connection): Promise<unknown> {
  if (!(error instanceof ProcessorError) || error.code !== 'PRC_TOPIC_UNKNOWN') return error;
  const known = await useKafka(connection, (kafka) => kafka.listTopics());
  return new ProcessorError('PRC_TOPIC_UNKNOWN', {
    topic,
    suggestion: didYouMean(
      topic,
      known.map(({ name }) => name),
    ),
  });
}
