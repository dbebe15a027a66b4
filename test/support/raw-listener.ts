// A listener whose connections come as the gateway takes them: handles, without sockets of node's.
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import type { TestContext } from 'node:test';
import { takeAccepted } from '../../src/tls/node-handles.ts';
import { RawConnection } from '../../src/tls/raw-connection.ts';

/** Listens on a port of 127.0.0.1; what is still there when the test ends is closed. */
export async function listenRaw(
  t: Pick<TestContext, 'after'>,
  take: (raw: RawConnection) => void,
): Promise<Server> {
  const connections = new Set<RawConnection>();
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  takeAccepted(server, (handle) => {
    handle.setNoDelay?.(true);
    const raw = new RawConnection(handle);
    connections.add(raw);
    raw.watch(() => connections.delete(raw));
    take(raw);
  });
  t.after(() => {
    server.close();
    for (const raw of connections) raw.destroy();
  });
  return server;
}
