// What clients see while the gateway they talk to is reloaded and stopped: nothing.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../support/free-port.ts';
import { type GatewayProcess, startGateway } from '../support/gateway-process.ts';
import { startHttpUpstream } from '../support/http-upstream.ts';
import { needs } from '../support/programs.ts';
import { scenarioCertificates } from '../support/scenario-certificates.ts';
import { SteadyLoad } from '../support/steady-load.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

interface Loaded {
  readonly gateway: GatewayProcess;
  readonly load: SteadyLoad;
  /** Another configuration, which is in force when this resolves. */
  readonly reload: (round: number) => Promise<void>;
}

async function underLoad(t: TestContext, workers: number): Promise<Loaded> {
  const certificates = await scenarioCertificates('webServer');
  const pem = (file: string): Promise<string> => readFile(join(certificates, file), 'utf8');
  const upstream = await startHttpUpstream(t, (_request, response) => {
    setTimeout(() => response.end('steady'), 5);
  });
  const port = await freePort();
  const folder = await temporaryFolder(t);
  const path = join(folder, 'gateway.yaml');
  const configure = async (round: number): Promise<void> => {
    const text = `
listeners:
  - listen: 127.0.0.1:${port}
    protocol: https
    tls:
      cert_file: ${certificates}/server.crt
      key_file: ${certificates}/server.key
      ca_file: ${certificates}/ca.crt
      verify: true
      timeout: ${10 + round}s
    upstream: ${upstream.url}
workers: ${workers}
`;
    await writeFile(`${path}.new`, text);
    await rename(`${path}.new`, path);
  };
  await configure(0);
  const gateway = await startGateway(t, ['run', path]);
  const load = new SteadyLoad({
    port,
    path: '/x',
    client: { certPem: await pem('client.crt'), keyPem: await pem('client.key') },
    caPem: await pem('ca.crt'),
  });
  const reloads = (): number => gateway.log.filter(({ event }) => event === 'reloaded').length;
  return {
    gateway,
    load,
    async reload(round) {
      const before = reloads();
      await configure(round);
      gateway.process.kill('SIGHUP');
      await gateway.waitForLog(() => reloads() > before);
    },
  };
}

function startClients(load: SteadyLoad): void {
  for (const pauseMs of [0, 1, 7, 50]) load.keepAlive(pauseMs);
  load.connectAnew();
  load.http2(3);
}

const ROUNDS = 20;

suite('under load', needs('openssl'), () => {
  for (const workers of [1, 2]) {
    test(`${workers} workers: twenty reloads fail no request`, async (t) => {
      const { load, reload } = await underLoad(t, workers);
      startClients(load);
      await sleep(300);
      for (let round = 1; round <= ROUNDS; round++) {
        await reload(round);
        await sleep(40);
      }
      const result = await load.stop();
      t.diagnostic(JSON.stringify(result));
      assert.deepEqual(result.failures, []);
      assert.equal(result.refused, 0);
      assert.ok(result.answered > 2 * ROUNDS);
    });

    test(`${workers} workers: SIGTERM fails no request`, async (t) => {
      const { gateway, load } = await underLoad(t, workers);
      startClients(load);
      await sleep(300);
      const ended = once(gateway.process, 'exit');
      gateway.process.kill('SIGTERM');
      assert.deepEqual(await ended, [0, null]);
      const result = await load.stop();
      t.diagnostic(JSON.stringify(result));
      assert.deepEqual(result.failures, []);
    });
  }
});
