import type { PeerVerdict } from '../pki/peer.ts';
import type { HandshakeRecord } from './handshake-record.ts';
import { presentedBy } from './peer-judge.ts';
import type { ServerContext } from './server-context.ts';
import { ticketChainId } from './resumption.ts';
import type { ServerSocket } from './server-handshake.ts';
import type { SessionCollector } from './session-collector.ts';
import { withoutPeer } from './session-data.ts';
import type { SessionStore } from './session-store.ts';

/** A handshake that is through. Whether its client is admitted is still to be decided. */
export class EstablishedHandshake {
  readonly kind = 'established';
  /** Nothing the client sent on it has been delivered yet. Who takes it destroys it. */
  readonly socket: ServerSocket;
  readonly context: ServerContext;
  /** What its certificate is worth. `none` and `failed` are not refused here. */
  readonly verdict: PeerVerdict;
  readonly record: HandshakeRecord;
  readonly #chain: readonly Buffer[];
  readonly #collector: SessionCollector | null;
  readonly #sessions: SessionStore;

  constructor(
    socket: ServerSocket,
    context: ServerContext,
    verdict: PeerVerdict,
    record: HandshakeRecord,
    chain: readonly Buffer[],
    collector: SessionCollector | null,
    sessions: SessionStore,
  ) {
    this.socket = socket;
    this.context = context;
    this.verdict = verdict;
    this.record = record;
    this.#chain = sharedChain(verdict, chain);
    this.#collector = collector;
    this.#sessions = sessions;
  }

  /**
   * Lets the client resume its session. To be called once it is admitted; without it every connection
   * costs a full handshake. A resumed client is judged and decided upon like any other.
   */
  allowResumption(): void {
    // With a good client the chain says all that its certificate in the session would.
    const isGood = this.verdict.kind === 'verified';
    this.#collector?.release(({ id, data: whole }) => {
      const data = isGood ? withoutPeer(whole) : whole;
      this.#sessions.keep(id, { binding: this.context.binding, data, chain: this.#chain });
    });
    if (this.#collector === null && this.context.options.sessions === 'tickets') {
      this.#keepTicketChain();
    }
  }

  /** The ticket holds the leaf alone. */
  #keepTicketChain(): void {
    const { binding } = this.context;
    const chain = this.#chain;
    if (chain.length < 2 || this.record.resumed) return;
    this.#sessions.keep(ticketChainId(binding, chain[0]), { binding, data: NO_DATA, chain });
  }
}

const NO_DATA = Buffer.alloc(0);

/** The same object for all connections of a client that is known: its sessions need not keep it each. */
function sharedChain(verdict: PeerVerdict, chain: readonly Buffer[]): readonly Buffer[] {
  // Certificates that can't be read are no part of the verdict.
  if (verdict.kind !== 'verified' || verdict.peer.chain.length !== chain.length) return chain;
  return presentedBy(verdict.peer);
}
