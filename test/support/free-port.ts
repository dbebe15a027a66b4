import { createServer } from 'node:net';

/**
 * A port that nothing listens on, on neither address family. It lies below the range that the system
 * gives to outgoing connections, so that none of those takes it before the program under test does.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const port = 10_000 + Math.floor(Math.random() * 22_000);
    if (await canListen(port)) return port;
  }
  throw new Error('no free port between 10000 and 32000');
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '::', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
