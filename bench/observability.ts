import { join } from 'node:path';
import { freePort } from '../test/support/free-port.ts';
import { type BenchSettings, forConnections } from './comparison.ts';
import { createCountersign, createQuietCountersign } from './peers/countersign.ts';
import type { Row } from './row.ts';
import { compareInTurns } from './turns.ts';
import { startNginxUpstream } from './upstreams.ts';

/** An odd number, for the median; each of the three is the first in a third of them. */
const STARTS = 9;
/** As long as the gateway's longest pause between two reports of itself: what it does by the clock has its share. */
const TURN_MS = 250;
/** How often there and back at each start, in rounds of the usual length. */
const TURNS_A_SECOND = 10;
const BODY = 'hello world, from the service behind';

/**
 * What it costs to tell of everything: requests and handshakes with events, ledger, metrics, access log
 * and traces, beside the same with none of it. That one is there twice: what the second costs more is
 * the control. Where its starts differ by more than what is looked for, the machine has too much else to do.
 */
export async function benchObservability(settings: BenchSettings): Promise<Row[]> {
  const everything = `access_log: { file: access.log }
traceparent: make
admin: { listen: 127.0.0.1:${await freePort()} }
`;
  const checkout = join(import.meta.dirname, '..');
  const base = await createQuietCountersign(settings.folder);
  const peers = [
    createCountersign('countersign', checkout, [], everything),
    { ...base, name: 'silent again' },
  ];
  const turns = Math.ceil((settings.roundMs / 1000) * TURNS_A_SECOND);
  const shared = { base, peers, starts: STARTS, turns, turnMs: TURN_MS };
  const upstream = await startNginxUpstream(settings.folder, BODY);
  try {
    const requests = await compareInTurns(settings, {
      ...shared,
      scenario: 'observability: keep-alive GET, identity headers',
      mode: 'bursts',
      concurrency: 4,
      upstreamPort: upstream.port,
      body: BODY,
    });
    const handshakes = await compareInTurns(forConnections(settings), {
      ...shared,
      scenario: 'observability: full handshake, TLS 1.3, P-256',
      mode: 'full',
      concurrency: 8,
      upstreamPort: null,
      body: 'hello',
    });
    return [...requests, ...handshakes];
  } finally {
    await upstream.stop();
  }
}
