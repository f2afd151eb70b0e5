// Free ports of this machine. Between the look and the broker's bind another process may take the port: whoever starts a
// broker tries again with another one.

import { createServer } from 'node:net';

/**
 * The wanted port if it is free, else (or if none is wanted) one that the system chooses; never one of `except`, which are
 * meant for something that has not bound them yet: the system may well choose the same port twice.
 */
export async function freePort(wanted?: number, ...except: readonly number[]): Promise<number> {
  if (wanted !== undefined && !except.includes(wanted) && (await tryPort(wanted)) !== undefined) return wanted;
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    const port = await tryPort(0);
    if (port !== undefined && !except.includes(port)) return port;
  }
  throw new Error('this machine has no free port on 127.0.0.1');
}

const attemptsMax = 100;

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
