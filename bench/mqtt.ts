import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../test/support/free-port.ts';
import { type BenchSettings, compare } from './comparison.ts';
import { createMosquitto, createMqttFront, mosquittoCommand } from './peers/mosquitto.ts';
import type { Row } from './row.ts';
import { startServer } from './server-process.ts';

const SIZES = [16, 128, 1024, 16_384];

/**
 * Messages of QoS 0 through the gateway to a mosquitto behind it, with permissions and without, beside a
 * mosquitto that speaks TLS itself. The one behind shares a core with the load, as every upstream does
 * here. It is reached by TLS: a mosquitto asks the kernel for each part of each packet of a plain
 * connection, and needs three times as long for a small message.
 */
export function benchMqtt(nodeArgs: readonly string[]) {
  return async (settings: BenchSettings): Promise<Row[]> => {
    const folder = join(settings.folder, 'mqtt-upstream');
    const [port, tlsPort] = [await freePort(), await freePort()];
    await mkdir(folder, { recursive: true });
    const { serverCert, serverKey } = settings.certificates;
    const command = await mosquittoCommand(
      folder,
      port,
      `allow_anonymous true
listener ${tlsPort} 127.0.0.1
certfile ${serverCert}
keyfile ${serverKey}
`,
    );
    const upstream = await startServer('load', command, folder, port);
    const checkout = join(import.meta.dirname, '..');
    const front = (name: string, asks: boolean, to: number | null) =>
      createMqttFront(checkout, nodeArgs, { name, asks, tlsPort: to });
    const ours = front('countersign', false, tlsPort);
    const others = [
      createMosquitto(),
      front('with permissions', true, tlsPort),
      front('plain upstream', false, null),
    ];
    const peers = nodeArgs.length > 0 ? [ours] : [ours, ...others];
    try {
      const rows: Row[] = [];
      for (const size of SIZES) {
        rows.push(
          ...(await compare(
            { ...settings, peers },
            {
              scenario: `mqtt: publish ${size} bytes`,
              mode: 'mqtt-publish',
              path: 'bench/topic',
              concurrency: 4,
              upstreamPort: port,
              body: 'x'.repeat(size),
            },
          )),
        );
      }
      return rows;
    } finally {
      await upstream.stop();
    }
  };
}
