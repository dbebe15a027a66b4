// What a slow or disturbed line makes of a connection: the client's bytes come in pieces, or changed.
import { once } from 'node:events';
import * as net from 'node:net';
import type { TestContext } from 'node:test';

/** Few enough that no message of a client's flight comes whole. */
const PIECE = 150;

/**
 * Relays connections to `port` and returns its own. The client's bytes go on in pieces, each in a turn of its own, after
 * `change`, which may write into them; the server's as they come.
 */
export async function piecewiseRelay(
  t: Pick<TestContext, 'after'>,
  port: number,
  change: (bytes: Buffer) => void = () => {},
): Promise<number> {
  const listener = net.createServer((client) => {
    const server = net.connect({ port, host: '127.0.0.1', noDelay: true });
    for (const end of [client, server]) end.on('error', () => {});
    server.pipe(client);
    client.on('close', () => server.destroy());
    void relay(client, server, change);
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  t.after(() => listener.close());
  return (listener.address() as net.AddressInfo).port;
}

async function relay(
  client: net.Socket,
  server: net.Socket,
  change: (bytes: Buffer) => void,
): Promise<void> {
  try {
    for await (const bytes of client as AsyncIterable<Buffer>) {
      change(bytes);
      for (let at = 0; at < bytes.length; at += PIECE) {
        server.write(bytes.subarray(at, at + PIECE));
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    }
    server.end();
  } catch {
    // The client broke off; the server is told by its own end of it.
  }
}
