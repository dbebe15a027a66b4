// docs/metrics.md tells of each metric that is served, and of no other.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { curl } from '../support/curl.ts';
import { freePort } from '../support/free-port.ts';
import { runGateway } from '../support/gateway-process.ts';
import { startHttpUpstream } from '../support/http-upstream.ts';
import { needs } from '../support/programs.ts';
import { readPrometheusText, total } from '../support/prometheus-text.ts';
import { scenarioCertificates } from '../support/scenario-certificates.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/metrics.md'), 'utf8');

test(
  'the page of metrics has name, type and labels of each that is served',
  needs('curl'),
  async (t) => {
    const folder = await scenarioCertificates('webServer');
    const [port, admin, plain] = [await freePort(), await freePort(), await freePort()];
    const upstream = await startHttpUpstream(t);
    const gateway = await runGateway(
      t,
      `
listeners:
  - listen: 127.0.0.1:${port}
    tls: { cert_file: ${folder}/server.crt, key_file: ${folder}/server.key, ca_file: ${folder}/ca.crt, crl_file: ${await revocationList(t, folder)}, verify: true }
    limits: { connections: 1 }
    upstream: ${upstream.url}
  - { listen: "127.0.0.1:${plain}", protocol: http, upstream: "http://127.0.0.1:${await freePort()}" }
admin: { listen: 127.0.0.1:${admin} }
workers: 1
`,
    );
    const url = `https://localhost:${port}/`;
    const client = ['--cacert', 'ca.crt', '--cert', 'client.crt', '--key', 'client.key'];
    await curl([...client, '--http1.1', '--parallel', '--parallel-immediate', url, url, url, url], {
      cwd: folder,
    });
    await gateway.waitForLog(({ event }) => event === 'connections-refused');
    await curl([`http://127.0.0.1:${plain}/`]);
    const { body } = await curl([`http://127.0.0.1:${admin}/metrics`]);
    const metrics = readPrometheusText(body);
    const age = total(metrics, 'countersign_crl_age_seconds');
    assert.ok(age >= 0 && age < 600, `${age} s`);
    const served = [...metrics.values()].map(({ name, type, samples }) => {
      const [sample] = samples;
      assert.ok(sample !== undefined, `${name} has no sample to take its labels from`);
      return { name, type, labels: [...sample.labels.keys()].filter((label) => label !== 'le') };
    });
    const described = [...PAGE.matchAll(/^\| `(\w+)` \| (\w+) \| ([^|]*)\| (.+) \|$/gm)].map(
      ([, name = '', type = '', labels = '']) => {
        return { name, type, labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label) };
      },
    );
    const byName = (a: { name: string }, b: { name: string }): number =>
      a.name.localeCompare(b.name);
    assert.deepEqual(described.toSorted(byName), served.toSorted(byName));
  },
);

/** A list of the CA in this folder that revokes nothing, as openssl makes it just now. */
async function revocationList(t: TestContext, folder: string): Promise<string> {
  const configuration =
    '[ca]\ndefault_ca = own\n[own]\ndatabase = index.txt\ndefault_md = sha256\n';
  const cwd = await temporaryFolder(t, { 'ca.cnf': configuration, 'index.txt': '' });
  const command = 'ca -gencrl -config ca.cnf -crldays 1 -out own.crl';
  const signer = ['-keyfile', join(folder, 'ca.key'), '-cert', join(folder, 'ca.crt')];
  execFileSync('openssl', [...command.split(' '), ...signer], { cwd, stdio: 'pipe' });
  return join(cwd, 'own.crl');
}
