// Free ports of this machine. Between the look and the broker's bind another process may take the port: whoever starts a
// broker tries again with another one.

import { createServer } from 'node:net';

/** The wanted port if it is free, else (or if none is wanted) one that the system chooses. */
export async function freePort(wanted?: number): Promise<number> {
  return (wanted === undefined ? undefined : await tryPort(wanted)) ?? (await tryPort(0)) ?? noPort();
}

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(undefined);
      else reject(error);
    });
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : undefined));
    });
  });
}

function noPort(): never {
  throw new Error('this machine has no free port on 127.0.0.1');
}
