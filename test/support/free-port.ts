import { createServer, type ListenOptions, type Server } from 'node:net';

/**
 * A port that nothing listens on, on neither address family, and that no other test is given while this
 * process lives. It lies below the range that the system gives to outgoing connections, so that none of
 * those takes it before the program under test does.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const port = 10_000 + Math.floor(Math.random() * 22_000);
    if ((await reserve(port)) && (await canListen(port))) return port;
  }
  throw new Error('no free port between 10000 and 32000');
}

/** Test files run side by side: an abstract socket of the port's name is held by one process at a time. */
async function reserve(port: number): Promise<boolean> {
  return (await listener({ path: `\0countersign-test-port-${port}` })) !== null;
}

async function canListen(port: number): Promise<boolean> {
  const server = await listener({ port, host: '::', exclusive: true });
  if (server === null) return false;
  await new Promise((resolve) => server.close(resolve));
  return true;
}

function listener(options: ListenOptions): Promise<Server | null> {
  return new Promise((resolve) => {
    const server = createServer().unref();
    server.once('error', () => resolve(null));
    server.listen(options, () => resolve(server));
  });
}
