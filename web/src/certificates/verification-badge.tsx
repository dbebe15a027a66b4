import type { JSX } from 'preact';
import { texts } from '../language/language.ts';
import { Badge, type Tone } from '../parts/badge.tsx';
import type { CertificateSummary } from '../api/types.ts';

const TONES: Readonly<Record<string, Tone>> = { true: 'good', observe: 'warn', optional: 'warn' };

/** What a certificate asks of clients. */
export function VerificationBadge({
  client,
}: {
  readonly client: CertificateSummary['client'];
}): JSX.Element {
  const mode = String(client?.verify ?? false);
  const words = texts.value.certificates.verification;
  const word =
    mode === 'true'
      ? words.on
      : mode === 'observe'
        ? words.observe
        : mode === 'optional'
          ? words.optional
          : words.off;
  return <Badge tone={TONES[mode] ?? 'neutral'}>{word}</Badge>;
}
