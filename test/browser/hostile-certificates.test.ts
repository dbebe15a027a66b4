// Certificates whose every field is an attack on whoever looks at them, in every place of the dashboard
// that shows them: read before they are sent, listed, drawn, presented by a client, explained.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createAuthority } from '../../src/ca/authority-files.ts';
import { buildCertificateRequest } from '../../src/pki/certificate-request.ts';
import { generatePrivateKey } from '../../src/pki/keys.ts';
import { parseName } from '../../src/pki/name.ts';
import { encodePem } from '../../src/pki/pem.ts';
import { keySigner } from '../../src/pki/signer.ts';
import { startApiGateway } from '../support/api-gateway.ts';
import { curl } from '../support/curl.ts';
import { extension, type Forged, forge } from '../support/forged-certificate.ts';
import { needs } from '../support/programs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { logIn, openPage, startBrowser, type WatchedPage } from './dashboard.ts';

const SCRIPT = '<script>globalThis.taken=1</script>';
const IMAGE = '"><img src=x onerror=globalThis.taken=1>';
const LINK = 'javascript:globalThis.taken=1';
/** Turns round what follows, hides, and ends lines. */
const TURNED = 'a\u202egpj.exe\u2066\u200b\u0000\r\n';
const LONG = 'A'.repeat(65_536);

test('hostile certificates do nothing but being shown', needs('chromium', 'curl'), async (t) => {
  const authority = forge({
    subject: nameOf({ CN: SCRIPT, O: IMAGE, OU: TURNED }),
    extensions: [extension.ca()],
  });
  const hostile = forge({
    subject: nameOf({ CN: SCRIPT, O: IMAGE, OU: TURNED, L: LINK }),
    issuer: authority,
    extensions: [
      extension.names(
        { kind: 'email', value: `${IMAGE}@x` },
        { kind: 'dns', value: SCRIPT },
        { kind: 'uri', value: LINK },
      ),
    ],
  });
  const long = forge({ subject: nameOf({ CN: LONG }), issuer: authority });
  const server = forge({ subject: 'CN=localhost' });
  const subject = parseName(nameOf({ CN: SCRIPT, O: IMAGE, OU: TURNED }));
  const ca = await temporaryFolder(t);
  const own = await createAuthority(ca, { now: Date.now() });
  const signer = keySigner(await generatePrivateKey());
  const { publicKey } = signer;
  await own.issueClient({ subject, subjectAltNames: [], publicKey, now: Date.now() });
  own.journal?.close();
  const gateway = await startApiGateway(
    t,
    (port) => `
listeners:
  - listen: 127.0.0.1:${port}
    protocol: https
    tls:
      cert: |
        ${indented(server.pem)}
      key: |
        ${indented(keyOf(server))}
      ca: |
        ${indented(forge({ subject: 'CN=another CA', extensions: [extension.ca()] }).pem)}
      verify: true
    upstream: 'echo:'
ca: { dir: ${ca} }
workers: 1
`,
  );
  for (const [id, forged] of Object.entries({ hostile, long })) {
    const added = await gateway.api.ask('POST', '/v1/certificates', {
      id,
      type: 'client',
      certificate: forged.pem,
      key: keyOf(forged),
      labels: { [SCRIPT]: IMAGE },
    });
    assert.equal(added.status, 201, JSON.stringify(added.json));
    await writeFile(join(gateway.folder, `${id}.crt`), forged.pem);
    await writeFile(join(gateway.folder, `${id}.key`), keyOf(forged));
    const url = `https://127.0.0.1:${gateway.port}/`;
    const files = ['--cert', `${id}.crt`, '--key', `${id}.key`];
    const refused = await curl(['-k', ...files, url], { cwd: gateway.folder });
    assert.equal(refused.status, null, refused.verbose);
  }
  const browser = await startBrowser(t);
  const watched = await openPage(t, browser, { viewport: { width: 1000, height: 800 } });
  const { page } = watched;
  await logIn(page, gateway);

  const visit = async (hash: string): Promise<void> => {
    await page.goto(`${gateway.admin}/#/${hash}`);
    await page.locator('main').getByText('Loading…').waitFor({ state: 'detached' });
  };

  await t.test('in the list and on their pages', async () => {
    await visit('certificates');
    await page.getByRole('link', { name: 'hostile' }).waitFor();
    await assertHarmless(watched);
    for (const id of ['hostile', 'long']) {
      await visit(`certificates/${id}`);
      await page.getByRole('heading', { name: 'Chain' }).waitFor();
      await page.getByText('Details').first().click();
      await assertHarmless(watched);
    }
    await visit('certificates/hostile');
    await page.getByText('<script>globalThis.taken=1</script>').first().waitFor();
  });

  await t.test('in what was read before they are added', async () => {
    await visit('certificates');
    await page.getByRole('button', { name: '+ Add SSL certificate' }).click();
    const dialog = page.getByRole('dialog');
    for (const { pem } of [hostile, long, authority]) {
      await dialog.getByLabel('Upload: Certificate', { exact: true }).setInputFiles(fileOf(pem));
      await dialog.getByText('Subject').waitFor();
      await assertHarmless(watched);
    }
    await page.keyboard.press('Escape');
  });

  await t.test('when a client presents them', async () => {
    await visit('handshakes');
    const rows = page.getByRole('row').filter({ hasText: 'Refused' });
    await rows.nth(1).waitFor();
    await assertHarmless(watched);
    for (const index of [0, 1]) {
      await visit('handshakes');
      await rows.nth(index).getByRole('link').click();
      await page.getByRole('heading', { name: 'The handshake, step by step' }).waitFor();
      await assertHarmless(watched);
    }
    await visit('clients');
    await page.getByRole('row').nth(2).waitFor();
    await assertHarmless(watched);
    await visit('');
    await page.getByRole('heading', { name: 'Refusals by cause' }).waitFor();
    await assertHarmless(watched);
  });

  await t.test('in what the authority issued, and in a request to it', async () => {
    await visit('authority');
    await page.getByRole('link', { name: /script/ }).click();
    await page.getByRole('heading', { name: 'Chain' }).waitFor();
    await assertHarmless(watched);
    await page.getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('dialog').getByText('It has no live connections.').waitFor();
    await assertHarmless(watched);
    const request = await buildCertificateRequest(
      { subject, subjectAltNames: [{ kind: 'uri', value: LINK }] },
      signer,
    );
    await visit('authority/issue');
    await page.getByLabel('Name', { exact: true }).fill(`${SCRIPT}${TURNED}`);
    await page.getByText('CSR', { exact: true }).click();
    await page
      .getByLabel('Certificate request (CSR)', { exact: true })
      .fill(encodePem('CERTIFICATE REQUEST', request));
    await page.getByText('The request names').waitFor();
    await assertHarmless(watched);
  });

  await t.test('when they are explained', async () => {
    for (const { pem } of [hostile, long]) {
      await visit('explain');
      const upload = page.getByLabel('Upload: Certificate of the client', { exact: true });
      await upload.setInputFiles(fileOf(pem));
      await page.getByText('Subject').waitFor();
      await page.getByRole('button', { name: 'Explain' }).click();
      await page.getByRole('heading', { name: 'Rule by rule' }).waitFor();
      await assertHarmless(watched);
    }
  });
});

/** Nothing ran, nothing became an element, nothing turned round or pushed the page wide. */
async function assertHarmless({ page, assertClean }: WatchedPage): Promise<void> {
  const { length, ...rest } = await page.evaluate<{ readonly length: number }>(LOOK);
  assert.deepEqual(rest, { taken: false, elements: 0, links: 0, controls: false, isWide: false });
  assert.ok(length < 20_000, `${length} characters are shown`);
  assertClean();
}

/** Runs in the page. */
const LOOK = `({
  taken: 'taken' in globalThis,
  elements: document.querySelectorAll('main img, main script, main iframe, dialog img').length,
  links: document.querySelectorAll('a[href^="javascript:" i]').length,
  controls: /[\\u0000\\u200b\\u202e\\u2066]/.test(document.body.innerText),
  isWide: document.documentElement.scrollWidth > innerWidth,
  length: document.body.innerText.length,
})`;

/** An RFC 4514 name of values in which every byte is escaped. */
function nameOf(attributes: Readonly<Record<string, string>>): string {
  return Object.entries(attributes)
    .map(
      ([type, value]) => `${type}=${Buffer.from(value).toString('hex').replaceAll(/../g, '\\$&')}`,
    )
    .join(',');
}

function fileOf(pem: string): { name: string; mimeType: string; buffer: Buffer } {
  return { name: 'client.crt', mimeType: 'text/plain', buffer: Buffer.from(pem) };
}

function keyOf({ keys }: Forged): string {
  return keys.privateKey.export({ type: 'pkcs8', format: 'pem' });
}

function indented(pem: string): string {
  return pem.trim().replaceAll('\n', '\n        ');
}
