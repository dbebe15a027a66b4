import type { Duplex } from 'node:stream';

/**
 * Joins two connections byte for byte until both directions have ended: with back-pressure, and each
 * direction ending by itself where the sockets allow half-open. An error or an early close of one
 * destroys the other. Both sockets must have no other listeners for data; `closed` is called once.
 */
export function tunnel(a: Duplex, b: Duplex, closed?: () => void): void {
  let open = 2;
  const onClose = (): void => {
    open--;
    if (open === 0) closed?.();
  };
  carry(a, b);
  carry(b, a);
  a.on('close', onClose);
  b.on('close', onClose);
  a.resume();
  b.resume();
}

function carry(from: Duplex, to: Duplex): void {
  from.on('data', (bytes: Buffer) => {
    if (!to.writable) return;
    if (!to.write(bytes)) from.pause();
  });
  to.on('drain', () => from.resume());
  from.on('end', () => {
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
