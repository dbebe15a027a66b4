// curl with every version of TLS and of HTTP, with a client certificate and without.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { curl, type CurlResult } from '../support/curl.ts';
import { freePort } from '../support/free-port.ts';
import { runGateway } from '../support/gateway-process.ts';
import { needs } from '../support/programs.ts';
import { scenarioCertificates } from '../support/scenario-certificates.ts';

const TLS_VERSIONS = ['1.2', '1.3'] as const;
/** curl's own library offers these only when it is told to lower its standards. */
const OLD_TLS_VERSIONS = { '1.0': 'TLSv1', '1.1': 'TLSv1.1' } as const;
const HTTP_VERSIONS = { '1.0': '--http1.0', '1.1': '--http1.1', '2': '--http2' } as const;
const SSL_CONNECT_ERROR = 35;
/** Receiving failed: on TLS 1.3 the alert comes after the client's side of the handshake is done. */
const RECEIVE_ERROR = 56;

test('curl', needs('curl', 'openssl'), async (t) => {
  const folder = await scenarioCertificates('webServer');
  const file = (name: string): string => join(folder, name);
  const [requiring, asking, plain] = [await freePort(), await freePort(), await freePort()];
  const listener = (port: number, verify: string): string => `
  - listen: localhost:${port}
    protocol: https
    tls: { cert_file: ${file('server.crt')}, key_file: ${file('server.key')}, ${verify} }
    upstream: "echo:"`;
  const gateway = await runGateway(
    t,
    `
listeners:${listener(requiring, `ca_file: ${file('ca.crt')}, verify: true`)}${listener(
      asking,
      `ca_file: ${file('ca.crt')}, verify: optional`,
    )}${listener(plain, 'verify: false')}
workers: 1
`,
  );
  const ask = (port: number, withCertificate: boolean, ...args: string[]): Promise<CurlResult> => {
    const pair = withCertificate ? ['--cert', 'client.crt', '--key', 'client.key'] : [];
    const url = `https://localhost:${port}/x`;
    return curl(['--cacert', 'ca.crt', ...pair, ...args, url], { cwd: folder });
  };

  for (const tls of TLS_VERSIONS) {
    for (const [http, httpOption] of Object.entries(HTTP_VERSIONS)) {
      const versions = [`--tlsv${tls}`, '--tls-max', tls, httpOption];
      const served = async (port: number, withCertificate: boolean, verify: string) => {
        const answer = await ask(port, withCertificate, ...versions);
        assert.equal(answer.status, 200, answer.verbose);
        const seen = JSON.parse(answer.body) as Record<string, unknown>;
        assert.equal(seen['tls_version'], `TLSv${tls}`);
        assert.equal(seen['http_version'], http);
        assert.equal((seen['headers'] as Record<string, string>)['x-client-verify'], verify);
      };

      await t.test(`TLS ${tls}, HTTP/${http}: a certificate is verified`, async () => {
        await served(requiring, true, 'SUCCESS');
        await served(asking, true, 'SUCCESS');
        await served(plain, true, 'NONE');
      });

      await t.test(`TLS ${tls}, HTTP/${http}: none is refused where it is required`, async () => {
        const answer = await ask(requiring, false, ...versions);
        const [exitCode, alert] =
          tls === '1.3'
            ? [RECEIVE_ERROR, /alert certificate required/]
            : [SSL_CONNECT_ERROR, /alert handshake failure/];
        assert.equal(answer.exitCode, exitCode, answer.verbose);
        assert.match(answer.verbose, alert);
        await served(asking, false, 'NONE');
        await served(plain, false, 'NONE');
      });
    }
  }

  for (const [tls, name] of Object.entries(OLD_TLS_VERSIONS)) {
    await t.test(`TLS ${tls} is refused by alert, and the log names it`, async () => {
      const low = [`--tlsv${tls}`, '--tls-max', tls, '--ciphers', 'DEFAULT@SECLEVEL=0'];
      const before = gateway.log.length;
      const answer = await ask(requiring, true, ...low);
      assert.equal(answer.exitCode, SSL_CONNECT_ERROR, answer.verbose);
      assert.match(answer.verbose, /alert protocol version/);
      const line = await gateway.waitForLog(
        (entry) => entry['outcome'] === 'refused' && gateway.log.indexOf(entry) >= before,
      );
      assert.deepEqual(line['offeredVersions'], [name]);
    });
  }
});
