import type { TranscriptEntry } from '../transcript/transcript.ts';
import type { Probe } from './probe.ts';

/** What became of a handshake, as far as its client can tell. */
export type Outcome =
  /** Both sides are through, and the server has not taken it back while it was watched. */
  | { readonly kind: 'stands' }
  /** The server ended it: by an alert, or (null) without a word. */
  | {
      readonly kind: 'refused';
      /** `after`: this side was through already. On TLS 1.3 that is how a server refuses a client's certificate. */
      readonly when: 'during' | 'after';
      readonly alert: number | null;
      readonly reset: boolean;
    }
  /** The server spoke first on the finished connection, and closed it. */
  | { readonly kind: 'dismissed'; readonly words: Buffer }
  /** This side gave up. */
  | { readonly kind: 'given-up'; readonly code: string; readonly alert: number | null }
  /** What the server sent is no TLS. */
  | { readonly kind: 'foreign'; readonly start: Buffer }
  | { readonly kind: 'no-tls'; readonly detail: string }
  | { readonly kind: 'timeout'; readonly stage: 'connect' | 'greeting' | 'handshake' }
  | { readonly kind: 'unreachable'; readonly code: string };

/** Judges a probe by what passed on the wire and how the connection ended. */
export function outcomeOf(probe: Probe): Outcome {
  const { ending, transcript, secureMs } = probe;
  if (ending.kind === 'unreachable' || ending.kind === 'no-tls') return ending;
  const entries = transcript.entries.filter(({ from }) => from === 'server');
  const foreign = entries.find(({ message }) => message.kind === 'foreign')?.message;
  if (foreign?.kind === 'foreign' && secureMs === null) {
    return { kind: 'foreign', start: foreign.start };
  }
  const when = secureMs === null ? 'during' : 'after';
  const alert = fatalAlert(entries);
  if (alert !== null) return { kind: 'refused', when, alert, reset: false };
  switch (ending.kind) {
    case 'open':
      return { kind: 'stands' };
    case 'timeout':
      return ending;
    case 'tls-error': {
      const own = fatalAlert(transcript.entries.filter(({ from }) => from === 'client'));
      return { kind: 'given-up', code: ending.code, alert: own };
    }
    case 'closed': {
      const words = spoken(entries);
      if (words !== null) return { kind: 'dismissed', words };
      return { kind: 'refused', when, alert: null, reset: ending.reset };
    }
    default:
      return ending satisfies never;
  }
}

function fatalAlert(entries: readonly TranscriptEntry[]): number | null {
  for (const { message } of entries) {
    if (message.kind === 'alert' && message.fatal) return message.description;
  }
  return null;
}

function spoken(entries: readonly TranscriptEntry[]): Buffer | null {
  for (const { message } of entries) {
    if (message.kind === 'application-data') return message.start;
  }
  return null;
}
