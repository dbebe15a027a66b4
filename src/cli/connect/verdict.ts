/** How a handshake came out, in words. */
export interface Verdict {
  /** Whether a client that means it would go on from here. */
  readonly good: boolean;
  /** One line. Where it isn't good it goes to standard error as well. */
  readonly headline: string;
  /** What that means; null: the headline says it. */
  readonly meaning: string | null;
  /** What to do about it, one line each; empty: nothing. */
  readonly remedy: readonly string[];
}

export function good(headline: string): Verdict {
  return { good: true, headline, meaning: null, remedy: [] };
}

export function bad(headline: string, meaning: string | null, remedy: readonly string[]): Verdict {
  return { good: false, headline, meaning, remedy };
}
