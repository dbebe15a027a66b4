import { connect, type SecureContext } from 'node:tls';
import { type HandshakeMeasure, measureHandshake } from '../../src/tls/probe/measure.ts';
import { probeHandshake } from '../../src/tls/probe/probe.ts';
import { probeContext } from '../../src/tls/probe/probe-context.ts';
import type { Gateways, RunningGateway } from './gateways.ts';
import { processCpuMs } from './process-cpu.ts';

/** One kind of handshake in numbers. Times are milliseconds. */
export interface KindResult {
  /** Handshake messages up to both Finished. */
  readonly messages: { readonly client: number; readonly server: number };
  /** On the wire, with records and their protection. */
  readonly bytes: { readonly client: number; readonly server: number };
  readonly roundTrips: number;
  /** User and system time of the process for one handshake, its TCP connection included. */
  readonly cpuMs: { readonly client: number; readonly server: number };
  /** From the TCP connection until the client may send, and until it has the server's ticket; medians. */
  readonly latencyMs: { readonly client: number; readonly server: number };
}

export interface ComparisonResult {
  readonly handshakes: number;
  readonly version: string;
  readonly tls: KindResult;
  readonly mutualTls: KindResult;
}

/** Measures both kinds by turns, so that whatever else the machine does falls on both. */
export async function measureBoth(
  gateways: Gateways,
  handshakes: number,
): Promise<ComparisonResult> {
  const { caPem, client } = gateways;
  const tls = await kindOf(gateways.tls, caPem, null);
  const mutual = await kindOf(gateways.mutual, caPem, client);
  for (const kind of [tls, mutual]) await kind.perform(Math.min(WARM_UP, handshakes));
  for (const kind of [tls, mutual]) kind.reset();
  for (let done = 0; done < handshakes; done += TURN) {
    const turn = Math.min(TURN, handshakes - done);
    for (const kind of [tls, mutual]) await kind.perform(turn);
  }
  return {
    handshakes,
    version: 'TLSv1.3',
    tls: tls.result(),
    mutualTls: mutual.result(),
  };
}

const WARM_UP = 100;
const TURN = 20;

interface Kind {
  perform(count: number): Promise<void>;
  reset(): void;
  result(): KindResult;
}

async function kindOf(
  gateway: RunningGateway,
  caPem: string,
  client: Gateways['client'] | null,
): Promise<Kind> {
  const context = probeContext({ caPem, client, maxVersion: 'TLSv1.3' });
  const counts = await countsOf(gateway, context);
  const latencies: Latency[] = [];
  let clientCpu = 0;
  let serverCpuAtStart = 0;
  return {
    async perform(count) {
      const before = process.cpuUsage();
      for (let done = 0; done < count; done++) latencies.push(await handshake(gateway, context));
      const { user, system } = process.cpuUsage(before);
      clientCpu += (user + system) / 1000;
    },
    reset() {
      latencies.length = 0;
      clientCpu = 0;
      serverCpuAtStart = processCpuMs(gateway.pid);
    },
    result() {
      const serverCpu = processCpuMs(gateway.pid) - serverCpuAtStart;
      return {
        messages: counts.messages,
        bytes: counts.bytes,
        roundTrips: counts.roundTrips,
        cpuMs: { client: clientCpu / latencies.length, server: serverCpu / latencies.length },
        latencyMs: {
          client: median(latencies.map(({ clientMs }) => clientMs)),
          server: median(latencies.map(({ serverMs }) => serverMs)),
        },
      };
    },
  };
}

/** What passes on the wire, read from one handshake; a signature is a byte longer or shorter at times. */
async function countsOf(
  gateway: RunningGateway,
  context: SecureContext,
): Promise<HandshakeMeasure> {
  const { transcript, verification } = await probeHandshake({
    host: '127.0.0.1',
    port: gateway.port,
    serverName: 'localhost',
    startTls: 'none',
    context,
    alpn: [],
    timeoutMs: 10_000,
    watchMs: 200,
  });
  const measure = measureHandshake(transcript);
  if (measure === null || verification?.chainError !== null) {
    throw new Error('the handshake with the gateway failed');
  }
  return measure;
}

interface Latency {
  readonly clientMs: number;
  readonly serverMs: number;
}

/** One handshake by node's own client, until the server has answered the client's part with a ticket. */
function handshake({ port }: RunningGateway, context: SecureContext): Promise<Latency> {
  return new Promise((resolve, reject) => {
    let startedAt = 0;
    let clientMs = 0;
    const socket = connect({
      host: '127.0.0.1',
      port,
      servername: 'localhost',
      secureContext: context,
    });
    socket.once('connect', () => {
      startedAt = performance.now();
    });
    socket.once('secureConnect', () => {
      clientMs = performance.now() - startedAt;
    });
    socket.once('session', () => {
      resolve({ clientMs, serverMs: performance.now() - startedAt });
      socket.destroy();
    });
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the gateway closed the connection')));
  });
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1];
}
