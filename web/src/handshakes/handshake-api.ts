import { read } from '../api/client.ts';
import type { Language } from '../language/language.ts';
import type { HandshakeSummary, HandshakeView, Page } from '../api/types.ts';

export function listHandshakes(
  query: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Page<HandshakeSummary>> {
  return read(`/v1/handshakes?${new URLSearchParams(query)}`, signal);
}

/** With its findings in this language. */
export function readHandshake(
  id: string,
  language: Language,
  signal: AbortSignal,
): Promise<HandshakeView> {
  return read(`/v1/handshakes/${encodeURIComponent(id)}?language=${language}`, signal);
}
