// Ten thousand certificates behind one port: how long it takes to start, to reload, and what it holds.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import * as tls from 'node:tls';
import { freePort } from '../support/free-port.ts';
import { startGateway } from '../support/gateway-process.ts';
import { issueMany, manyInYaml, siteName } from '../support/many-certificates.ts';
import { residentMb } from '../support/process-memory.ts';

const COUNT = 10_000;
/** Far more than it takes: what it takes is printed. */
const LIMIT_MS = 30_000;

function childrenOf(pid: number): number[] {
  try {
    const pids = execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' });
    return pids.trim().split('\n').map(Number);
  } catch {
    return [];
  }
}

/** The common name of the certificate that answers to a server name. */
async function shown(port: number, servername: string): Promise<string | undefined> {
  const socket = tls.connect({ port, host: '127.0.0.1', servername, rejectUnauthorized: false });
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  const name = socket.getPeerX509Certificate()?.subject;
  socket.destroy();
  return name;
}

suite('ten thousand certificates', () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-test-'));
  before(() => issueMany(folder, COUNT));
  after(() => rm(folder, { recursive: true, force: true }));

  for (const workers of [1, 2]) {
    test(`with ${workers} workers`, async (t) => {
      const port = await freePort();
      const path = join(folder, `gateway-${workers}.yaml`);
      await writeFile(path, manyInYaml(COUNT, port, workers));
      const started = performance.now();
      const gateway = await startGateway(t, ['run', path]);
      const pid = gateway.process.pid ?? 0;
      const took = Math.round(performance.now() - started);
      const cpu = processorMs(await readFile(`/proc/${pid}/stat`, 'utf8'));
      const resident = [pid, ...childrenOf(pid)].map((each) => `${residentMb(each)} MB`);
      t.diagnostic(
        `listening after ${took} ms, ${cpu} ms of processor time; ${resident.join(', ')}`,
      );

      for (const index of [0, 1, COUNT / 2, COUNT - 1]) {
        assert.equal(await shown(port, siteName(index)), `CN=${siteName(index)}`);
      }

      const reload = performance.now();
      const text = manyInYaml(COUNT, port, workers).replace('body: many', 'body: changed');
      await writeFile(`${path}.new`, text);
      await rename(`${path}.new`, path);
      gateway.process.kill('SIGHUP');
      const isReloaded = (): boolean => gateway.log.some(({ event }) => event === 'reloaded');
      while (!isReloaded() && performance.now() - reload < LIMIT_MS) await sleep(20);
      assert.ok(isReloaded());
      t.diagnostic(`reloaded after ${Math.round(performance.now() - reload)} ms`);
      assert.equal(await shown(port, siteName(COUNT - 1)), `CN=${siteName(COUNT - 1)}`);
    });
  }
});

/** User and system time, by the kernel's hundredths of a second. */
function processorMs(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
