// What testssl.sh says by its default settings: nothing above LOW.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { freePort } from '../support/free-port.ts';
import { runGateway } from '../support/gateway-process.ts';
import { needs, programPath } from '../support/programs.ts';
import { scannedCertificates } from '../support/server-certificates.ts';

interface Finding {
  readonly id: string;
  readonly severity: string;
  readonly finding: string;
}

const ABOVE_LOW = new Set(['MEDIUM', 'HIGH', 'CRITICAL', 'FATAL']);

test('testssl.sh', needs('openssl', 'testssl'), async (t) => {
  const folder = await scannedCertificates(t);
  for (const key of ['ec', 'rsa']) {
    await t.test(`finds nothing above LOW with the certificate ${key}.crt`, async (t2) => {
      const port = await freePort();
      await runGateway(
        t2,
        `
listeners:
  - listen: localhost:${port}
    protocol: https
    tls: { cert_file: ${folder}/${key}.crt, key_file: ${folder}/${key}.key, ca_file: ${folder}/ca.crt, verify: optional }
    upstream: "echo:"
workers: 1
`,
      );
      const report = join(folder, `${key}.json`);
      const ours = ['--add-ca', join(folder, 'ca.crt'), '--jsonfile', report, '--warnings', 'off'];
      // Its exit status counts findings; the report has them.
      await promisify(execFile)(
        programPath('testssl'),
        [...ours, '--color', '0', `localhost:${port}`],
        { maxBuffer: 1 << 24 },
      ).catch(() => {});
      const findings = JSON.parse(await readFile(report, 'utf8')) as Finding[];
      assert.ok(findings.length > 100, `${findings.length} findings`);
      for (const { id, severity, finding } of findings) {
        if (severity === 'LOW' || severity === 'WARN')
          t2.diagnostic(`${severity} ${id}: ${finding}`);
      }
      assert.deepEqual(
        findings.filter(({ severity }) => ABOVE_LOW.has(severity)),
        [],
      );
    });
  }
});
