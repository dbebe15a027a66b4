import type { Status } from '../api/types.ts';
import type { Dictionary } from '../language/en.ts';
import { visibleText } from '../parts/visible-text.ts';

const SOON_DAYS = 14;

/** What somebody has to look after, the worst first. */
export function troublesOf(status: Status, words: Dictionary['overview']['troubles']): string[] {
  const { workers, upstreams, certificates, last_reload: reload } = status;
  return [
    ...(workers.ready < workers.configured
      ? [words.workers(workers.ready, workers.configured)]
      : []),
    ...upstreams
      .filter(({ state }) => state === 'down')
      .map(({ name }) => words.upstreamDown(visibleText(name, 80))),
    ...(reload?.outcome === 'failed' ? [words.reload] : []),
    ...certificates
      .filter(({ days }) => days < SOON_DAYS)
      .map(({ subject, days }) => {
        const name = visibleText(subject, 80);
        return days < 0 ? words.expired(name) : words.expiring(name, days);
      }),
  ];
}
