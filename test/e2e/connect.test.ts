// `countersign connect` against the gateway in each of its client-auth modes.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { connectCommand, connectJson } from '../support/connect-command.ts';
import { freePort } from '../support/free-port.ts';
import { runGateway } from '../support/gateway-process.ts';
import { needs } from '../support/programs.ts';
import { scenarioCertificates } from '../support/scenario-certificates.ts';

const MODES = ['true', 'optional', 'observe', 'false'] as const;
type Mode = (typeof MODES)[number];

describe('connect', needs('openssl'), () => {
  let folder = '';
  const addresses = new Map<Mode, string>();
  const cleanups: (() => unknown)[] = [];
  after(async () => {
    for (const clean of cleanups) await clean();
  });

  before(async () => {
    folder = await scenarioCertificates('webServer');
    for (const mode of MODES) addresses.set(mode, `localhost:${await freePort()}`);
    const listeners = [...addresses].map(
      ([mode, address]) => `
  - listen: ${address}
    protocol: https
    tls:
      cert_file: ${join(folder, 'server.crt')}
      key_file: ${join(folder, 'server.key')}
      verify: ${mode}
${mode === 'false' ? '' : `      ca_file: ${join(folder, 'ca.crt')}`}
    upstream: 'echo:'`,
    );
    const hook = { after: (clean: unknown) => void cleanups.unshift(clean as () => unknown) };
    await runGateway(hook, `workers: 1\nlisteners:${listeners.join('')}\n`);
  });

  const to = (mode: Mode): readonly string[] => [addresses.get(mode) ?? '', '--cacert', 'ca.crt'];
  const as = (name: string): readonly string[] => ['--cert', `${name}.crt`, '--key', `${name}.key`];
  const old = ['--tls-max', '1.2'];

  test('a required certificate that is missing: a late refusal on 1.3, an early one on 1.2', async () => {
    const late = await connectJson(folder, ...to('true'));
    assert.equal(late.status, 1);
    assert.equal(late.seen.outcome.kind, 'refused');
    assert.equal(late.seen.outcome.late, true);
    assert.equal(late.seen.outcome.alert?.name, 'certificate_required');
    assert.match(late.seen.outcome.remedy.join('\n'), /^countersign issue client NAME$/m);
    assert.deepEqual(late.seen.client.authorities, ['CN=Private-CA,O=Example']);
    const early = await connectJson(folder, ...to('true'), ...old);
    assert.equal(early.status, 1);
    assert.equal(early.seen.outcome.late, false);
    assert.equal(early.seen.outcome.alert?.name, 'handshake_failure');
    assert.equal(early.seen.outcome.meaning, late.seen.outcome.meaning);
    assert.equal(early.seen.agreed.version, 'TLSv1.2');
  });

  test('the refusal in words, with one line on standard error', async () => {
    const { stdout, stderr } = await connectCommand(folder, ...to('true'));
    assert.match(
      stdout,
      /^ +[\d.]+ +\d+ {2}<= {2}CertificateRequest +a certificate of CN=Private-CA/m,
    );
    assert.match(stdout, /^ +[\d.]+ +\d+ {2}=> {2}Certificate +none to show$/m);
    assert.match(stdout, /Alert +fatal: certificate_required \(116\)$/m);
    assert.match(
      stdout,
      /^FAILED: refused after the handshake with the alert certificate_required$/m,
    );
    assert.match(stdout, /^ {2}late +with TLSv1\.3 a client is through before/m);
    assert.match(stdout, /countersign connect localhost:\d+ --cacert ca\.crt --cert /);
    assert.match(
      stderr,
      /^countersign connect: localhost:\d+: refused after the handshake with the alert certificate_required: [^\n]+\n$/,
    );
  });

  for (const [version, flags] of [
    ['1.3', []],
    ['1.2', old],
  ] as const) {
    test(`a good certificate on ${version}: mutual TLS stands`, async () => {
      const { status, stderr, seen } = await connectJson(
        folder,
        ...to('true'),
        ...as('client'),
        ...flags,
      );
      assert.equal(status, 0, stderr);
      assert.equal(seen.outcome.kind, 'stands');
      assert.equal(seen.agreed.version, `TLSv${version}`);
      assert.equal(seen.agreed.alpn, 'h2');
      const sent = seen.messages.filter(({ from }) => from === 'client').map(({ name }) => name);
      assert.ok(sent.includes('Certificate') && sent.includes('CertificateVerify'), sent.join());
      assert.deepEqual(seen.server, {
        ...seen.server,
        trusted: true,
        anchor: 'CN=Private-CA,O=Example',
      });
    });

    test(`a bad certificate on ${version}: closed after the handshake, with what can be seen from here`, async () => {
      const expired = await connectJson(folder, ...to('true'), ...as('expired'), ...flags);
      assert.equal(expired.status, 1);
      assert.equal(expired.seen.outcome.late, true);
      assert.equal(expired.seen.outcome.alert, null);
      assert.match(expired.seen.outcome.remedy.join('\n'), /expired \d+ days ago/);
      const purpose = await connectJson(folder, ...to('true'), ...as('purpose'), ...flags);
      assert.equal(purpose.status, 1);
      assert.match(purpose.seen.outcome.remedy.join('\n'), /is for serverAuth, not for clientAuth/);
    });
  }

  test('optional and observe: TLS stands without a certificate, and the command to get one is shown', async () => {
    const [optional, observe, observed] = await Promise.all([
      connectJson(folder, ...to('optional')),
      connectJson(folder, ...to('observe')),
      connectJson(folder, ...to('observe'), ...as('expired')),
    ]);
    for (const { status, stderr, seen } of [optional, observe]) {
      assert.equal(status, 0, stderr);
      assert.equal(seen.client.askedFor, true);
      assert.equal(seen.client.shown, false);
      assert.match(seen.outcome.remedy.join('\n'), /issue client/);
    }
    assert.equal(observed.status, 0);
    assert.match(observed.seen.outcome.notes.join('\n'), /expired/);
  });

  test('a listener that does not ask', async () => {
    const { status, seen } = await connectJson(folder, ...to('false'), ...as('client'));
    assert.equal(status, 0);
    assert.equal(seen.client.askedFor, false);
    assert.match(seen.outcome.notes.join('\n'), /did not ask/);
    assert.deepEqual(seen.outcome.remedy, []);
  });

  test("a server's certificate that is not trusted, or not its own, fails although TLS stands", async () => {
    const [address] = to('false');
    const { status, stderr } = await connectCommand(folder, address ?? '');
    assert.equal(status, 1);
    assert.match(stderr, /CN=Private-CA,O=Example, which issued it, is not among the public roots/);
    const misnamed = await connectCommand(folder, ...to('false'), '--servername', 'example.com');
    assert.equal(misnamed.status, 1);
    assert.match(misnamed.stderr, /not for example\.com but for DNS:localhost/);
    assert.match(misnamed.stdout, /^ {2}name +example\.com is NOT one of its names/m);
  });

  test('--compare lays both handshakes side by side', async () => {
    const { status, stdout, stderr } = await connectCommand(
      folder,
      ...to('optional'),
      ...as('client'),
      '--compare',
    );
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^messages sent +3 +4 +\+1$/m);
    assert.match(stdout, /^messages received +6 +6 +0$/m);
    assert.match(stdout, /^bytes sent +\d+ +\d+ +\+\d+$/m);
    assert.match(stdout, /^round trips +1 +1 +0$/m);
    assert.match(stdout, /^ms until the client is through +[\d.]+ +[\d.]+ +[+-]?[\d.]+$/m);
    const refused = await connectCommand(folder, ...to('true'), ...as('client'), '--compare');
    assert.equal(refused.status, 1);
    assert.match(refused.stdout, /^TLS +FAILED: refused after the handshake/m);
    assert.match(refused.stdout, /^mutual TLS +Mutual TLS stands/m);
  });

  test('the exit status of the process is 0, 1 or 2', async () => {
    const entry = join(import.meta.dirname, '../../bin/countersign.js');
    const exit = (...args: readonly string[]): Promise<number> =>
      new Promise((resolve) => {
        execFile(process.execPath, [entry, 'connect', ...args], { cwd: folder }, (error) =>
          resolve(error === null ? 0 : Number(error.code)),
        );
      });
    assert.deepEqual(
      await Promise.all([
        exit(...to('true'), ...as('client')),
        exit(...to('true')),
        exit('localhost'),
        exit(),
      ]),
      [0, 1, 2, 2],
    );
  });
});
