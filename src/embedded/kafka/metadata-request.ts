// One question to a broker over plain TCP, by which we know that it is ready and whose it is: Kafka's Metadata request,
// version 8, for no topics. The client library could ask too, but it would need its native addon and tell only by a timeout.

import { connect } from 'node:net';

export interface BrokerAnswer {
  /** Chosen at random when a data folder is formatted: two clusters never share it. */
  readonly clusterId: string;
  /** How many brokers are registered and alive. */
  readonly brokerCount: number;
}

/** Asks the broker on that port of this machine; undefined if nobody answers within the time. */
export function askBroker(port: number, timeoutMs = 1_000): Promise<BrokerAnswer | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: timeoutMs });
    let received = Buffer.alloc(0);
    const finish = (answer?: BrokerAnswer): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.on('connect', () => socket.write(metadataRequest()));
    socket.on('data', (bytes: Buffer) => {
      received = Buffer.concat([received, bytes]);
      if (received.length >= 4 && received.length >= 4 + received.readInt32BE(0)) finish(parse(received));
    });
    // Refused, reset, closed and silent all mean the same here: no broker that answers.
    socket
      .on('timeout', finish)
      .on('error', () => finish())
      .on('close', () => finish());
  });
}

/** Whether anything takes connections on that port of this machine: a controller answers no clients. */
export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

function metadataRequest(): Buffer {
  const body = Buffer.alloc(17);
  let at = body.writeInt16BE(3, 0); // api key: Metadata
  at = body.writeInt16BE(8, at); // api version: the last one without tagged fields
  at = body.writeInt32BE(1, at); // correlation id
  at = body.writeInt16BE(-1, at); // client id: null
  body.writeInt32BE(0, at); // topics: none; the three flags after it stay false
  const size = Buffer.alloc(4);
  size.writeInt32BE(body.length);
  return Buffer.concat([size, body]);
}

/** Undefined also for the answer of something that is not Kafka. */
function parse(bytes: Buffer): BrokerAnswer | undefined {
  let at = 4 + 4 + 4; // size, correlation id, throttle time
  const text = (): string | undefined => {
    const length = bytes.readInt16BE(at);
    at += 2 + Math.max(length, 0);
    return length < 0 ? undefined : bytes.toString('utf8', at - length, at);
  };
  try {
    const brokerCount = bytes.readInt32BE(at);
    at += 4;
    for (let i = 0; i < brokerCount; i++) {
      at += 4; // node id
      text(); // host
      at += 4; // port
      text(); // rack
    }
    const clusterId = text();
    return clusterId === undefined ? undefined : { clusterId, brokerCount };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
