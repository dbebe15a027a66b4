import type { HandshakeFailure } from './handshake-failure.ts';
import type { HandshakeRecord } from './handshake-record.ts';
import type { RawConnection } from './raw-connection.ts';

/**
 * What a protocol says in the clear before the client may start TLS. Called once for a fresh
 * connection; calls `proceed` once, with null when it has said it, or with why it can't. It writes to
 * `raw` and reads nothing from it. The time it takes counts as the handshake's.
 */
export type Greeting = (
  raw: RawConnection,
  record: HandshakeRecord,
  proceed: (failure: HandshakeFailure | null) => void,
) => void;
