import type { JSX } from 'preact';
import type { IssuedSummary } from '../api/types.ts';
import { texts } from '../language/language.ts';
import { Badge } from '../parts/badge.tsx';

const TONES = { valid: 'good', expired: 'neutral', revoked: 'bad' } as const;

export function StatusBadge({ status }: Pick<IssuedSummary, 'status'>): JSX.Element {
  return <Badge tone={TONES[status]}>{texts.value.authority.list.statuses[status]}</Badge>;
}
