import type { Refusal } from '../policy/decision.ts';
import type { HandshakeRecord } from '../tls/handshake-record.ts';
import type { MessagingEvents } from './messaging-events.ts';

/** Tells of refused messages and subscriptions, of one connection so many a second that the log stays readable. */
export class RefusalLog {
  readonly #events: MessagingEvents;
  readonly #record: HandshakeRecord;
  #second = 0;
  #told = 0;

  constructor(events: MessagingEvents, record: HandshakeRecord) {
    this.#events = events;
    this.#record = record;
  }

  /** The text of a subject is asked for only where it is told. */
  refused(operation: string, subject: string, refusal: () => Refusal): void {
    const second = Math.floor(performance.now() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#told = 0;
    }
    this.#told += 1;
    if (this.#told > MOST_A_SECOND) return;
    this.#events.requestRefused(this.#record, refusal(), operation, subject);
  }
}

const MOST_A_SECOND = 10;
