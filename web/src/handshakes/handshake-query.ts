import type { HandshakeSummary } from '../api/types.ts';

export const FILTERS = ['outcome', 'finding', 'user', 'address'] as const;

/** Which handshakes are looked at; an empty text: all. */
export type HandshakeQuery = Readonly<Record<(typeof FILTERS)[number], string>>;

/** Whether the API would list it. */
export function matches(handshake: HandshakeSummary, query: HandshakeQuery): boolean {
  const { outcome, cause, user, remote_address: address } = handshake;
  return (
    (query.outcome === '' || query.outcome === outcome) &&
    (query.finding === '' || query.finding === cause) &&
    (query.user === '' || query.user === user) &&
    (query.address === '' || query.address === address)
  );
}
