// Requests on connections that stay open, proxied with identity fields.
import { type BenchSettings, compare, type Comparison } from './comparison.ts';
import { PATTERN, sinkAnswer } from './load/pattern.ts';
import { createCountersign } from './peers/countersign.ts';
import { createRelay } from './peers/relay.ts';
import { newestOf } from './peers/choice.ts';
import type { Row } from './row.ts';
import { startNginxUpstream, startOwnUpstream } from './upstreams.ts';
import { join } from 'node:path';

const BODY = 'hello world, from the service behind';
const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

/** Small GETs to an nginx that answers at once. */
export async function benchHttp1(settings: BenchSettings, connections = 32): Promise<Row[]> {
  const upstream = await startNginxUpstream(settings.folder, BODY);
  try {
    return await compare(settings, {
      scenario: 'http1: keep-alive GET, identity headers',
      mode: 'keep-alive',
      concurrency: connections,
      upstreamPort: upstream.port,
      body: BODY,
    });
  } finally {
    await upstream.stop();
  }
}

/** The same, with the limit: a relay that neither decrypts nor reads. */
export function benchHttp1AndLimit(settings: BenchSettings): Promise<Row[]> {
  return benchHttp1({ ...settings, peers: [...settings.peers, createRelay()] });
}

/** 16 KiB and 1 MiB down, 1 MiB up, 1 GiB down. */
export async function benchBodies(settings: BenchSettings): Promise<Row[]> {
  const files = await startNginxUpstream(settings.folder, BODY, [16 * KIB, MIB, GIB]);
  const sink = await startOwnUpstream(settings.folder, 'sink');
  const newest = { ...settings, peers: newestOf(settings.peers) };
  const download = (bytes: number): Omit<Comparison, 'scenario' | 'concurrency'> => ({
    mode: 'keep-alive',
    path: `/files/${bytes}`,
    upstreamPort: files.port,
    body: PATTERN,
    bodyBytes: bytes,
  });
  try {
    return [
      ...(await compare(newest, {
        ...download(16 * KIB),
        scenario: 'http1: 16 KiB answers',
        concurrency: 16,
      })),
      ...(await compare(newest, {
        ...download(MIB),
        scenario: 'http1: 1 MiB download',
        concurrency: 4,
      })),
      ...(await compare(newest, {
        scenario: 'http1: 1 MiB upload',
        mode: 'keep-alive',
        concurrency: 4,
        upstreamPort: sink.port,
        uploadBytes: MIB,
        body: sinkAnswer(MIB),
      })),
      // One a round, however long it takes.
      ...(await compare(
        { ...newest, roundMs: 1, warmUpMs: 1 },
        { ...download(GIB), scenario: 'http1: 1 GiB download', concurrency: 1 },
      )),
    ];
  } finally {
    await Promise.all([files.stop(), sink.stop()]);
  }
}

const ROUTES = 50;

/** The last of fifty routes, each for a hundred users, beside ours with one route. */
export async function benchRoutes(settings: BenchSettings): Promise<Row[]> {
  const upstream = await startNginxUpstream(settings.folder, BODY);
  const name = 'countersign, one route';
  const oneRoute = createCountersign(name, join(import.meta.dirname, '..'));
  const peers = [
    ...settings.peers.filter((peer) => peer.name === 'countersign'),
    {
      ...oneRoute,
      prepare: (setup: Parameters<typeof oneRoute.prepare>[0]) =>
        oneRoute.prepare({ ...setup, routes: 1 }),
    },
    ...newestOf(settings.peers).filter((peer) => peer.name.startsWith('nginx')),
  ];
  try {
    return await compare(
      { ...settings, peers },
      {
        scenario: `http1: ${ROUTES} routes, 100 users`,
        mode: 'keep-alive',
        concurrency: 32,
        // Below `/`: the upstream answers every path alike.
        path: `/route-${ROUTES - 1}/x`,
        upstreamPort: upstream.port,
        body: BODY,
        routes: ROUTES,
      },
    );
  } finally {
    await upstream.stop();
  }
}
