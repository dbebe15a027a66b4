import type { ResponseRule } from './subject-permissions.ts';

/**
 * The answers that one connection may publish because it received a message that asks for them, as
 * nats-server's `allow_responses` has it. Times are milliseconds.
 */
export class ResponseAllowance {
  readonly #rule: ResponseRule;
  readonly #replies = new Map<string, { readonly at: number; used: number }>();

  constructor(rule: ResponseRule) {
    this.#rule = rule;
  }

  /** A message with this reply subject was received. */
  grant(reply: string, at: number): void {
    this.#replies.set(reply, { at, used: 0 });
    if (this.#replies.size > MOST_REPLIES) this.#prune(at);
  }

  /** Whether a message may be published to this subject as an answer; counts as one where it may. */
  use(subject: string, at: number): boolean {
    const reply = this.#replies.get(subject);
    if (reply === undefined) return false;
    const { max, expiresMs } = this.#rule;
    reply.used += 1;
    const over = max !== null && reply.used > max;
    if (!over && !isExpired(reply.at, expiresMs, at)) return true;
    this.#replies.delete(subject);
    return false;
  }

  /** Drops what is used up or expired, and of the rest, where that isn't enough, the oldest. */
  #prune(at: number): void {
    const { max, expiresMs } = this.#rule;
    for (const [subject, reply] of this.#replies) {
      const used = max !== null && reply.used >= max;
      if (used || isExpired(reply.at, expiresMs, at)) this.#replies.delete(subject);
    }
    for (const subject of this.#replies.keys()) {
      if (this.#replies.size <= MOST_REPLIES / 2) break;
      this.#replies.delete(subject);
    }
  }
}

const MOST_REPLIES = 4096;

function isExpired(since: number, expiresMs: number | null, at: number): boolean {
  return expiresMs !== null && at - since > expiresMs;
}
