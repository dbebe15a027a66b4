import type { Refusal } from '../policy/decision.ts';
import type { HandshakeRecord } from '../tls/handshake-record.ts';

/** What a listener of a messaging protocol tells of its connections. */
export interface MessagingEvents {
  upstreamFailed(
    upstream: string,
    failure: { readonly code: string; readonly detail: string },
    handshakeId: string,
  ): void;
  /** A login, a message or a subscription was refused; `path` is the user, the subject or the topic. */
  requestRefused(record: HandshakeRecord, refusal: Refusal, method: string, path: string): void;
  /** The client called itself `sent`, and is `user` by its certificate. */
  credentialsIgnored(record: HandshakeRecord, user: string, sent: string): void;
}
