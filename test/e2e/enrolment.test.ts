// A machine gets its certificate from the CA over the network with a token, and renews it with itself.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { test, type TestContext } from 'node:test';
import { connect } from 'node:tls';
import { decodeToken, encodeToken } from '../../src/ca/enrolment-token.ts';
import { type GatewayProcess, startGateway } from '../support/gateway-process.ts';
import { needs } from '../support/programs.ts';
import { Shell } from '../support/shell.ts';

interface Town {
  /** Where the CA is. */
  readonly shell: Shell;
  /** Another machine. */
  readonly machine: Shell;
  readonly url: string;
  readonly gateway: GatewayProcess;
}

/** An authority alone, without a gateway, that serves enrolment. `age`: milliseconds since it was made. */
async function town(t: TestContext, age = 0): Promise<Town> {
  const shell = await Shell.open(t);
  shell.now -= age;
  await shell.run('init');
  shell.now += age;
  shell.write('ca.yaml', `ca: { dir: .countersign, listen: 127.0.0.1:0 }\nworkers: 1\n`);
  const gateway = await startGateway(t, ['run', shell.path('ca.yaml')]);
  const { address } = await gateway.waitForLog((line) => line['listener'] === 'ca');
  const url = `https://localhost:${String(address).split(':')[1]}`;
  return { shell, machine: await Shell.open(t), url, gateway };
}

async function tokenFor({ shell }: Town, ...words: readonly string[]): Promise<string> {
  return String((await shell.json('token', ...words))['token']);
}

interface Answer {
  readonly status: number;
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

function ask(
  { shell, url }: Town,
  path: string,
  options: { method?: string; body?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const { method = 'GET', body, headers = {} } = options;
  return new Promise((resolve, reject) => {
    const ca = shell.text('.countersign/ca.crt');
    const asked = request(`${url}${path}`, { ca, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const { statusCode: status = 0, headers: answered } = response;
        resolve({ status, body: Buffer.concat(chunks), headers: answered as Answer['headers'] });
      });
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

test('a token gets one certificate with the names that it grants, whose key was made here', async (t) => {
  const place = await town(t);
  const { shell, machine, url, gateway } = place;
  const token = await tokenFor(place, 'alice', '--email', 'alice@example.com');
  const { stdout, stderr } = await machine.run('enroll', url, '--token', token);
  assert.match(stdout, /^Wrote \.?.*alice\.crt and .*alice\.key \(valid until /, stderr);
  const [entry] = (await shell.json('list', 'alice')) as unknown as Record<string, unknown>[];
  assert.equal(entry?.['requestedBy'], 'token alice');
  const enrolled = await machine.json('inspect', '.countersign/alice.crt');
  assert.match(JSON.stringify(enrolled), /alice@example\.com/);
  assert.equal(machine.text('.countersign/ca.crt'), shell.text('.countersign/ca.crt'));
  const event = await gateway.waitForLog((line) => line['event'] === 'enrolled');
  assert.deepEqual([event['by'], event['subject']], ['token alice', 'CN=alice']);

  const again = await Shell.open(t);
  assert.match(
    await again.failure('enroll', url, '--token', token),
    /was used before \(used-token\)/,
  );
  const log = JSON.stringify(gateway.log) + gateway.stderr();
  const secret = decodeToken(token)?.secret ?? Buffer.alloc(1);
  for (const form of ['hex', 'base64', 'base64url'] as const) {
    assert.ok(!log.includes(secret.toString(form)));
    assert.ok(
      !readFileSync(shell.path('.countersign/ca/journal.db')).includes(secret.toString(form)),
    );
  }
  assert.ok(!readFileSync(shell.path('.countersign/ca/journal.db')).includes(secret));
});

test('the token knows the URL, and enrols servers', needs('openssl'), async (t) => {
  const place = await town(t);
  const { machine } = place;
  const token = await tokenFor(place, 'api.example.com', '--server', '--ip', '10.0.0.1');
  machine.env = { COUNTERSIGN_TOKEN: token };
  const { status, stderr } = await machine.run('enroll', '--out', 'certs', '--key-type', 'ed25519');
  assert.equal(status, 0, stderr);
  const text = machine.openssl('x509', '-noout', '-text', '-in', 'certs/api.example.com.crt');
  assert.match(text, /DNS:api\.example\.com, IP Address:10\.0\.0\.1/);
  assert.match(text, /ED25519[^]*TLS Web Server Authentication/);
});

test('a token that is altered, expired or another CA’s is refused, and the last is told before anything is sent', async (t) => {
  const place = await town(t);
  const { shell, machine, url } = place;
  const token = await tokenFor(place, 'alice');
  const at = Math.floor(token.length / 2);
  const other = token[at] === 'A' ? 'B' : 'A';
  const altered = `${token.slice(0, at)}${other}${token.slice(at + 1)}`;
  for (const bad of [altered, token.slice(0, -2), `${token}AA`, 'cst1_', 'x']) {
    assert.match(await machine.failure('enroll', url, '--token', bad), /missing or altered/);
  }
  const read = decodeToken(token) ?? assert.fail();
  const forged = encodeToken({ ...read, secret: Buffer.alloc(24, 7) });
  assert.match(await machine.failure('enroll', url, '--token', forged), /unknown-token/);
  const foreign = encodeToken({ ...read, root: 'ab'.repeat(32) });
  assert.match(await machine.failure('enroll', url, '--token', foreign), /nothing was sent/);
  shell.now -= 3_600_000;
  const expired = await tokenFor(place, 'alice', '--ttl', '59m');
  assert.match(await machine.failure('enroll', url, '--token', expired), /has expired/);
  assert.equal((await machine.run('enroll', url, '--token', token)).status, 0);
});

test(
  'a request for more than the token grants is refused by name, and the token stays good',
  needs('openssl'),
  async (t) => {
    const place = await town(t);
    const { machine, url } = place;
    const token = await tokenFor(place, 'alice', '--dns', 'a.example.com');
    const secret = decodeToken(token)?.secret.toString('base64url') ?? '';
    const csr = (subject: string, san: string): string => {
      const made = [
        'req',
        '-new',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
      ];
      const files = ['-keyout', 'k.pem', '-out', 'r.pem'];
      machine.openssl(...made, ...files, '-subj', subject, '-addext', `subjectAltName=${san}`);
      return machine.text('r.pem');
    };
    const enrol = (request_: string) =>
      ask(place, '/v1/enroll', {
        method: 'POST',
        body: JSON.stringify({ token: secret, request: request_ }),
      });
    for (const [request_, name] of [
      [
        csr('/CN=alice', 'DNS:a.example.com,DNS:b.example.com'),
        /DNS:b\.example\.com|b\.example\.com/,
      ],
      [csr('/CN=root', 'DNS:a.example.com'), /CN=root/],
      [csr('/CN=alice', 'email:a.example.com@x.org'), /a\.example\.com@x\.org/],
    ] as const) {
      const { status, body } = await enrol(request_);
      assert.equal(status, 403);
      assert.match(String(body), /more-than-granted/);
      assert.match(String(body), name);
    }
    const good = csr('/CN=alice', 'DNS:a.example.com');
    const lines = good.split('\n');
    const line = lines.at(-4) ?? '';
    const tampered = good.replace(line, line.split('').toReversed().join(''));
    assert.equal((await enrol(tampered)).status, 400);
    // The same token, many times at once: it is good once.
    const all = await Promise.all(Array.from({ length: 6 }, () => enrol(good)));
    assert.deepEqual(
      all.map(({ status }) => status).toSorted((a, b) => a - b),
      [201, 403, 403, 403, 403, 403],
    );
    assert.equal((await machine.run('enroll', url, '--token', token)).status, 1);
  },
);

test('bodies are bounded, and who fails too often waits', async (t) => {
  const place = await town(t);
  const huge = { method: 'POST', body: `{"token":"${'x'.repeat(70_000)}","request":"y"}` };
  const large = await ask(place, '/v1/enroll', huge).catch(() => null);
  assert.ok(large === null || large.status === 400);
  const statuses: number[] = [];
  for (let i = 0; i < 12; i++) {
    const body = JSON.stringify({ token: 'AAAA', request: 'x' });
    const { status, headers } = await ask(place, '/v1/enroll', { method: 'POST', body });
    statuses.push(status);
    if (status === 429) assert.match(String(headers['retry-after']), /^[1-9]\d?$/);
  }
  assert.deepEqual(statuses.slice(-2), [429, 429]);
  assert.equal((await ask(place, '/ca.crt')).status, 200);
  assert.equal((await ask(place, '/v1/enroll')).status, 405);
  assert.equal((await ask(place, '/ca/issuing.key')).status, 404);
});

test('the certificate in hand renews itself; a revoked, expired or foreign one does not', async (t) => {
  const place = await town(t, 50 * 86_400_000);
  const { shell, machine, url } = place;
  await machine.run(
    'enroll',
    url,
    '--token',
    await tokenFor(place, 'alice', '--uri', 'spiffe://a.example/x'),
  );
  await machine.run('enroll', url, '--token', await tokenFor(place, 'a.example.com', '--server'));
  const file = '.countersign/alice.crt';
  const [before, key] = [machine.text(file), machine.text('.countersign/alice.key')];
  for (const one of [file, '.countersign/a.example.com.crt']) {
    const { stdout, stderr } = await machine.run('renew', one, '--url', url);
    assert.match(stdout, /^Renewed /, stderr);
  }
  assert.notEqual(machine.text(file), before);
  assert.notEqual(machine.text('.countersign/alice.key'), key);
  assert.match(JSON.stringify(await machine.json('inspect', file)), /spiffe:\/\/a\.example\/x/);
  assert.match((await machine.run('renew', file, '--url', url, '--due')).stdout, /is not due/);

  const { serialNumber } =
    ((await shell.json('list', 'alice')) as unknown as { serialNumber: string }[])[0] ??
    assert.fail();
  await shell.run('revoke', serialNumber);
  assert.match(await machine.failure('renew', file, '--url', url), /was revoked/);

  await shell.run('init', '--dir', 'other');
  await shell.run('issue', 'client', 'eve', '--dir', 'other', '--out', 'eve');
  const words = ['renew', 'eve/eve.crt', '--url', url, '--ca', '.countersign/ca.crt'];
  assert.match(await shell.failure(...words), /did not issue/);
  const trusting = ['renew', 'eve/eve.crt', '--url', url, '--ca', 'other/ca.crt'];
  assert.match(await shell.failure(...trusting), /nothing was sent/);

  shell.now -= 40 * 86_400_000;
  await shell.run('issue', 'client', 'old');
  shell.now += 40 * 86_400_000;
  assert.match(await shell.failure('renew', '.countersign/old.crt', '--url', url), /has expired/);
});

test('lists and anchors are served with what caches need', needs('openssl'), async (t) => {
  const place = await town(t);
  const { shell } = place;
  const first = await ask(place, '/ca.crl');
  assert.equal(String(first.body), shell.text('.countersign/ca.crl'));
  assert.equal(first.headers['cache-control'], 'public, max-age=3600');
  const etag = String(first.headers['etag']);
  assert.match(etag, /^"[0-9a-f]{32}"$/);
  const unchanged = await ask(place, '/ca.crl', { headers: { 'If-None-Match': `"x", W/${etag}` } });
  assert.deepEqual([unchanged.status, unchanged.body.length], [304, 0]);
  assert.equal(unchanged.headers['etag'], etag);
  let dated = first;
  while (dated.headers['last-modified'] === undefined) dated = await ask(place, '/ca.crl');
  const since = { 'If-Modified-Since': dated.headers['last-modified'] ?? '' };
  assert.equal((await ask(place, '/ca.crl', { headers: since })).status, 304);
  assert.equal((await ask(place, '/ca.crl', { method: 'HEAD' })).body.length, 0);
  for (const path of ['/issuing.crl', '/root.crl']) {
    const { body, headers } = await ask(place, path);
    assert.equal(headers['content-type'], 'application/pkix-crl');
    shell.write('one.crl', body as unknown as string);
    shell.openssl('crl', '-inform', 'DER', '-noout', '-in', 'one.crl');
  }
  await shell.run('issue', 'client', 'a');
  await shell.run('revoke', '.countersign/a.crt');
  const next = await ask(place, '/ca.crl', { headers: { 'If-None-Match': etag, ...since } });
  assert.equal(next.status, 200);
  assert.equal(String(next.body), shell.text('.countersign/ca.crl'));
});

test('a client that speaks no TLS, or none of ours, costs its own connection', async (t) => {
  const place = await town(t);
  const port = Number(new URL(place.url).port);
  const socket = connect({ port, host: '127.0.0.1', maxVersion: 'TLSv1.1', minVersion: 'TLSv1.1' });
  await new Promise((resolve) => socket.once('error', resolve));
  await assert.rejects(fetch(`http://127.0.0.1:${port}/ca.crt`));
  assert.equal((await ask(place, '/ca.crt')).status, 200);
});
