import { type BenchSettings, compare } from './comparison.ts';
import { newestOf } from './peers/choice.ts';
import type { Row } from './row.ts';
import { startNginxUpstream } from './upstreams.ts';

const BODY = 'hello world, from the service behind';

/** Small GETs on HTTP/2, proxied with identity fields over HTTP/1.1: one stream at a time, and 32. */
export async function benchHttp2(settings: BenchSettings): Promise<Row[]> {
  const upstream = await startNginxUpstream(settings.folder, BODY);
  const rows: Row[] = [];
  try {
    for (const { streams, connections } of [
      { streams: 1, connections: 32 },
      { streams: 32, connections: 4 },
    ]) {
      const comparison = {
        scenario: `http2: GET, ${streams} ${streams === 1 ? 'stream' : 'streams'} a connection`,
        mode: 'http2',
        streams,
        concurrency: connections,
        upstreamPort: upstream.port,
        body: BODY,
      } as const;
      rows.push(...(await compare({ ...settings, peers: newestOf(settings.peers) }, comparison)));
    }
    return rows;
  } finally {
    await upstream.stop();
  }
}
