// Bytes of any protocol, relayed to a connection of their own.
import { type BenchSettings, compare, forConnections } from './comparison.ts';
import { PATTERN, SOURCE_MESSAGE_BYTES } from './load/pattern.ts';
import type { Peer } from './peers/peer.ts';
import { createRelay } from './peers/relay.ts';
import type { Row } from './row.ts';
import { startNginxUpstream, startOwnUpstream } from './upstreams.ts';

const BODY = 'hello world, from the service behind';
const BULK_BYTES = 1024 * 1024;

/** Messages of 64 bytes that come back, 1 MiB for a message, and a connection for each request. */
export async function benchStream(settings: BenchSettings, peers: readonly Peer[]): Promise<Row[]> {
  const message = 'x'.repeat(SOURCE_MESSAGE_BYTES);
  const echo = await startOwnUpstream(settings.folder, 'echo');
  const source = await startOwnUpstream(settings.folder, 'source', BULK_BYTES);
  const service = await startNginxUpstream(settings.folder, BODY);
  const withLimit = { ...settings, peers: [...peers, createRelay()] };
  const connections = {
    concurrency: 16,
    upstreamPort: service.port,
    body: BODY,
  };
  try {
    return [
      ...(await compare(withLimit, {
        scenario: 'stream: 64 bytes there and back',
        mode: 'message',
        concurrency: 32,
        upstreamPort: echo.port,
        message,
        body: message,
      })),
      ...(await compare(withLimit, {
        scenario: 'stream: 1 MiB for 64 bytes',
        mode: 'message',
        concurrency: 4,
        upstreamPort: source.port,
        message,
        body: PATTERN,
        bodyBytes: BULK_BYTES,
      })),
      ...(await compare(
        { ...forConnections(settings), peers },
        { ...connections, scenario: 'stream: full handshake and one request', mode: 'full' },
      )),
      ...(await compare(
        { ...forConnections(settings), peers },
        { ...connections, scenario: 'stream: resumed handshake and one request', mode: 'resumed' },
      )),
    ];
  } finally {
    await Promise.all([echo.stop(), source.stop(), service.stop()]);
  }
}
