// Of many certificates a worker gets each with its key when a client first comes to it.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { copyFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import * as tls from 'node:tls';
import { freePort } from '../support/free-port.ts';
import { startGateway } from '../support/gateway-process.ts';
import { issueMany, manyInYaml, siteName } from '../support/many-certificates.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** More than go to the workers with the snapshot. */
const COUNT = 110;

interface Sight {
  /** Subject and fingerprint of the certificate that was shown. */
  readonly shown: string;
  readonly fingerprint: string;
}

async function look(port: number, servername: string): Promise<Sight> {
  const socket = tls.connect({ port, host: '127.0.0.1', servername, rejectUnauthorized: false });
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  const certificate = socket.getPeerX509Certificate();
  socket.destroy();
  return { shown: certificate?.subject ?? '', fingerprint: certificate?.fingerprint256 ?? '' };
}

test('every worker serves every certificate, and after a reload the new one', async (t) => {
  const folder = await temporaryFolder(t);
  await issueMany(folder, COUNT);
  const port = await freePort();
  const path = join(folder, 'gateway.yaml');
  const yaml = manyInYaml(COUNT - 1, port, 2);
  await writeFile(path, yaml);
  const gateway = await startGateway(t, ['run', path]);
  const before = new Map<string, Sight>();
  // Often enough for both workers to be asked.
  for (let round = 0; round < 5; round++) {
    for (const index of [0, 64]) {
      const sight = await look(port, siteName(index));
      assert.equal(sight.shown, `CN=${siteName(index)}`);
      before.set(siteName(index), sight);
    }
  }

  // The last certificate takes the first one's place, under the first one's name.
  const changed = yaml.replace(
    '  - cert_file: sites/0.crt\n    key_file: sites/0.key\n',
    `  - snis: [${siteName(0)}]\n    cert_file: sites/0.new.crt\n    key_file: sites/0.new.key\n`,
  );
  for (const kind of ['crt', 'key']) {
    await copyFile(join(folder, `sites/${COUNT - 1}.${kind}`), join(folder, `sites/0.new.${kind}`));
  }
  await writeFile(`${path}.new`, changed);
  await rename(`${path}.new`, path);
  gateway.process.kill('SIGHUP');
  await gateway.waitForLog(({ event }) => event === 'reloaded');
  for (let round = 0; round < 5; round++) {
    assert.equal((await look(port, siteName(0))).shown, `CN=${siteName(COUNT - 1)}`);
    assert.deepEqual(await look(port, siteName(64)), before.get(siteName(64)));
  }
  assert.equal(await gateway.stop(), 0);
});
