import type { Socket } from 'node:net';
import { Relay } from './relay.ts';

/**
 * Joins two connections byte for byte until both directions have ended: with back-pressure, and each
 * direction ending by itself where the sockets allow half-open. An error or an early close of one
 * destroys the other. Both sockets must have no other listeners for data; `closed` is called once.
 */
export function tunnel(a: Socket, b: Socket, closed?: () => void): void {
  const relay: Relay = new Relay(a, b, {
    fromClient: (chunk) => relay.toUpstream.add(chunk),
    fromUpstream: (chunk) => relay.toClient.add(chunk),
  });
  let open = 2;
  const onClose = (): void => {
    open--;
    if (open === 0) closed?.();
  };
  endWith(a, b, relay);
  endWith(b, a, relay);
  a.on('close', onClose);
  b.on('close', onClose);
  relay.begin();
}

/** Has `to` end as `from` does. */
function endWith(from: Socket, to: Socket, relay: Relay): void {
  from.on('end', () => {
    relay.flush();
    if (to.writable) to.end();
  });
  from.on('error', () => {
    from.destroy();
    to.destroy();
  });
  from.on('close', () => {
    // Cut off: so is everything. Ended in order: what was sent before may still be under way.
    if (!from.readableEnded) to.destroy();
    else {
      if (to.writable) to.end();
      setTimeout(() => to.destroy(), LINGER_MS).unref();
    }
  });
}

/** How long a connection whose other end is gone is kept to end in order. */
const LINGER_MS = 2000;
