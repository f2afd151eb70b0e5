// What the coordinator knows of a transactional id. The client library cannot ask that; Kafka's DescribeTransactions can.

import { addressOf, ask } from './frame-proxy/ask.js';
import { BodyReader } from './frame-proxy/body-reader.js';

/** 'Ongoing', 'PrepareCommit', 'CompleteCommit', … The one broker of the test's cluster is its coordinator. */
export async function transactionState(broker: string, transactionalId: string): Promise<string> {
  const answer = new BodyReader(await ask(addressOf(broker), describeTransactions(transactionalId)));
  answer.tags();
  answer.skip(4); // throttle time
  const [state] = answer.compactArray(() => {
    const error = answer.error();
    if (error !== 'NONE') throw new Error(`the coordinator answers ${error}`);
    answer.compactText(); // its id
    return answer.compactText();
  });
  if (state === undefined) throw new Error('the coordinator says nothing about it');
  return state;
}

/** Version 0, with no client id, for one id that is shorter than 127 bytes. */
function describeTransactions(transactionalId: string): Buffer {
  const id = Buffer.from(transactionalId);
  const head = Buffer.from([0, 65, 0, 0, 0, 0, 0, 1, 0xff, 0xff, 0]); // key, version, correlation id, client id, no tags
  const body = Buffer.concat([Buffer.from([2, id.length + 1]), id, Buffer.from([0])]); // lengths are one more than they are
  const size = Buffer.alloc(4);
  size.writeInt32BE(head.length + body.length);
  return Buffer.concat([size, head, body]);
}
