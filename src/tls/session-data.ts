// The client's certificate in the SSL_SESSION that OpenSSL writes: `[3] EXPLICIT`, behind its untagged fields.
import { DerError, type DerReader, readDer } from '../pki/der.ts';
import { der } from '../pki/der-writer.ts';

const PEER = 0xa3;

/** The client's certificate, DER; null: the session was made without one. Throws DerError. */
export function peerOf(session: Buffer): Buffer | null {
  const fields = readDer(session).sequence();
  skipToPeer(fields);
  return fields.optionalConstructed(PEER & 0x1f)?.element() ?? null;
}

/** As `peerOf`; null also where the bytes are not what is expected. */
export function leafOf(session: Buffer): Buffer | null {
  try {
    return peerOf(session);
  } catch (error) {
    if (error instanceof DerError) return null;
    throw error;
  }
}

/**
 * OpenSSL's serialised session without the client's certificate, which OpenSSL would read anew whenever the session
 * is resumed, with its key. Only for clients whose certificate was good: without one OpenSSL says nothing against
 * them. Returns the bytes as they are where there is none, or where they are not what is expected.
 */
export function withoutPeer(session: Buffer): Buffer {
  try {
    const whole = readDer(session);
    const fields = whole.sequence();
    whole.finish();
    const first = fields.position;
    skipToPeer(fields);
    if (fields.atEnd) return session;
    const before = session.subarray(first, fields.position);
    fields.skip();
    return der.sequence(before, session.subarray(fields.position));
  } catch (error) {
    if (error instanceof DerError) return session;
    throw error;
  }
}

/** To the certificate, or to the end where there is none. */
function skipToPeer(fields: DerReader): void {
  while (!fields.atEnd && fields.nextTag !== PEER) fields.skip();
}
