import { join } from 'node:path';
import { freePort } from '../test/support/free-port.ts';
import type { BenchSettings } from './comparison.ts';
import { benchHandshake } from './handshake.ts';
import { benchHttp1 } from './http1.ts';
import { createCountersign, createQuietCountersign } from './peers/countersign.ts';
import type { Row } from './row.ts';

/** Many short rounds: what is looked for is small, and other work of the machine should fall on all alike. */
const ROUNDS = 40;
const SHORTER = 4;
/** Few: a connection's handshake should not count among its requests. */
const CONNECTIONS = 4;

/**
 * What it costs to tell of everything: requests and handshakes with events, ledger, metrics, access log
 * and traces, beside the same with none of it. That one is there twice: by how much the two differ,
 * nothing can be said.
 */
export async function benchObservability(settings: BenchSettings): Promise<Row[]> {
  const everything = `access_log: { file: access.log }
traceparent: make
admin: { listen: 127.0.0.1:${await freePort()} }
`;
  const checkout = join(import.meta.dirname, '..');
  const peers = [
    createQuietCountersign('silent'),
    createCountersign('countersign', checkout, [], everything),
    createCountersign('events', checkout),
    createQuietCountersign('silent again'),
  ];
  const fine = { ...settings, peers, rounds: ROUNDS, roundMs: settings.roundMs / SHORTER };
  const http1 = await benchHttp1(fine, CONNECTIONS);
  const handshake = await benchHandshake(fine);
  return [...http1, ...handshake].map((row) => {
    return { ...row, scenario: `observability: ${row.scenario}` };
  });
}
