import type { JSX } from 'preact';
import type { HandshakeSummary } from '../api/types.ts';
import { texts } from '../language/language.ts';
import { Badge } from '../parts/badge.tsx';

/** How a handshake ended. */
export function OutcomeBadge({
  outcome,
}: {
  readonly outcome: HandshakeSummary['outcome'];
}): JSX.Element {
  const words = texts.value.handshakes;
  switch (outcome) {
    case 'admitted':
      return <Badge tone="good">{words.admitted}</Badge>;
    case 'observed':
      return <Badge tone="warn">{words.observed}</Badge>;
    case 'refused':
      return <Badge tone="bad">{words.refused}</Badge>;
    case 'pending':
      return <Badge>{words.ongoing}</Badge>;
  }
}
