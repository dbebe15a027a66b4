// Takes the pictures of the dashboard in docs/images, of a gateway with made-up certificates and clients:
// npm run screenshots
import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { logIn, openPage, startBrowser } from '../test/browser/dashboard.ts';
import { type ApiGateway, startApiGateway } from '../test/support/api-gateway.ts';
import { extension, type Forged, forge } from '../test/support/forged-certificate.ts';
import { freePort } from '../test/support/free-port.ts';
import { Shell } from '../test/support/shell.ts';
import { OID } from '../src/pki/oids.ts';

const IMAGES = join(import.meta.dirname, '../docs/images');
const DAY_MS = 86_400_000;
/** How long clients come; the overview is taken while they do. */
const TRAFFIC_MS = 45_000;
const SIZE = { width: 1280, height: 820 };

const now = Date.now();
const hooks: (() => unknown)[] = [];
const t = { after: (hook: () => unknown): void => void hooks.push(hook) };

const authority = forge({ subject: 'O=Example,CN=Example CA', extensions: [extension.ca()] });
const server = leaf('CN=api.example.com', 300, ['api.example.com', 'localhost']);
const internal = leaf('CN=partners.internal.example.com', 120, ['partners.internal.example.com']);
const clients = {
  alice: leaf('O=Example,CN=alice', 60, ['alice@example.com']),
  reporting: leaf('OU=Finance,CN=reporting', 20),
  expired: leaf('O=Example,CN=old-scanner', -40),
  stranger: forge({ subject: 'CN=stranger' }),
};

const ca = await Shell.open(t, ['init', '--name', 'Example CA']);
const enrolment = await freePort();

await rm(IMAGES, { recursive: true, force: true });
await mkdir(IMAGES, { recursive: true });
try {
  const gateway = await startApiGateway(t, configuration);
  await addCertificates(gateway);
  await fillAuthority(gateway);
  await takeAll(gateway, await startBrowser(t));
} finally {
  for (const hook of hooks.toReversed()) await hook();
}

async function takeAll(gateway: ApiGateway, browser: Browser): Promise<void> {
  const [light, dark] = await Promise.all([
    open(gateway, browser, { colorScheme: 'light' }),
    open(gateway, browser, { colorScheme: 'dark' }),
  ]);
  const chinese = await open(gateway, browser, { locale: 'zh-CN' });
  const traffic = sendTraffic(gateway.port);
  await delay(TRAFFIC_MS - 8000);
  await take(light, 'overview');
  await take(dark, 'overview-dark');
  await take(chinese, 'overview-zh');
  await traffic;

  await go(light, gateway, 'certificates', 'partners.example.com');
  await take(light, 'certificates');
  await addByHand(light, '+ Add SSL certificate', 'Upload: Certificate', 'Peer verification');
  await take(light, 'add-certificate');
  await go(chinese, gateway, 'certificates', 'partners.example.com');
  await addByHand(chinese, '+ 添加 SSL 证书', '上传：证书', '对端验证');
  await take(chinese, 'add-certificate-zh');

  await takeAuthority(gateway, light, dark, chinese);

  await go(light, gateway, 'handshakes', 'old-scanner');
  await take(light, 'handshakes');
  for (const [page, name] of [
    [light, 'refused-handshake'],
    [dark, 'refused-handshake-dark'],
  ] as const) {
    await go(page, gateway, 'handshakes', 'old-scanner');
    await page
      .getByRole('row')
      .filter({ hasText: 'old-scanner' })
      .first()
      .getByRole('link')
      .click();
    await page.getByText('What mends it').waitFor();
    await take(page, name);
  }
  await go(light, gateway, 'clients', 'reporting');
  await take(light, 'clients');
  await go(light, gateway, 'explain', 'Certificate of the client');
  await upload(light, 'Upload: Certificate of the client', clients.stranger);
  await light.getByLabel('Server name').fill('api.example.com');
  await light.getByLabel('Path').fill('/orders');
  await light.getByRole('button', { name: 'Explain' }).click();
  await light.getByRole('heading', { name: 'Rule by rule' }).waitFor();
  await take(light, 'explain');
  await go(light, gateway, 'access', 'reporting');
  await take(light, 'routes-and-users');
}

async function takeAuthority(
  gateway: ApiGateway,
  light: Page,
  dark: Page,
  chinese: Page,
): Promise<void> {
  await go(light, gateway, 'authority', 'build-agent');
  await take(light, 'authority');
  await go(light, gateway, 'authority/issue', 'Email addresses');
  await fill(light, { Name: 'alice', 'Email addresses': 'alice@example.com\nalice@' });
  await light.getByText('One thing stands against it').waitFor();
  await take(light, 'issue-certificate');
  await go(chinese, gateway, 'authority/issue', '电子邮件地址');
  await fill(chinese, { 名称: 'alice', 电子邮件地址: 'alice@example.com' });
  await chinese.getByText('没有任何问题。').waitFor();
  await take(chinese, 'issue-certificate-zh');
  await fill(light, { 'Email addresses': 'alice@example.com' });
  await light.getByRole('button', { name: 'Issue', exact: true }).click();
  await light.getByText('Issued: CN=alice').waitFor();
  await take(light, 'issued-certificate');

  await go(light, gateway, 'authority/token', 'Email addresses');
  await fill(light, { Name: 'scanner-7', 'Email addresses': 'scanner-7@example.com' });
  await light.getByRole('button', { name: 'Make token' }).click();
  await light.getByText('Run this on the machine').waitFor();
  await take(light, 'enrolment-token');

  const held = await holdOpen(gateway);
  await go(dark, gateway, 'authority', 'reporting');
  await dark.getByRole('link', { name: 'CN=reporting' }).click();
  await dark.getByRole('button', { name: 'Revoke' }).click();
  await dark.getByText(`This closes ${held.length} live connections.`).waitFor();
  await take(dark, 'revoke-certificate-dark');
  for (const socket of held) socket.destroy();
}

async function fill(page: Page, fields: Readonly<Record<string, string>>): Promise<void> {
  for (const [label, text] of Object.entries(fields)) {
    await page.getByLabel(label, { exact: true }).fill(text);
  }
}

async function open(
  gateway: ApiGateway,
  browser: Browser,
  options: BrowserContextOptions,
): Promise<Page> {
  const { page } = await openPage(t, browser, { viewport: SIZE, deviceScaleFactor: 1, ...options });
  const isChinese = options.locale === 'zh-CN';
  await logIn(page, gateway, isChinese ? { token: '令牌', enter: '登录' } : undefined);
  return page;
}

async function go(page: Page, gateway: ApiGateway, section: string, shown: string): Promise<void> {
  await page.goto(`${gateway.admin}/#/${section}`);
  await page.getByText(shown).first().waitFor();
}

async function addByHand(
  page: Page,
  add: string,
  field: string,
  verification: string,
): Promise<void> {
  await page.getByRole('button', { name: add }).click();
  await upload(
    page,
    field,
    leaf('CN=shop.example.com', 90, ['shop.example.com', '*.shop.example.com']),
  );
  await page.getByRole('switch', { name: verification }).check();
}

async function upload(page: Page, field: string, { pem }: Forged): Promise<void> {
  const file = { name: 'leaf.crt', mimeType: 'text/plain', buffer: Buffer.from(pem) };
  await page.getByLabel(field, { exact: true }).setInputFiles(file);
}

async function take(page: Page, name: string): Promise<void> {
  await delay(600);
  await page.screenshot({ path: join(IMAGES, `${name}.png`) });
}

async function addCertificates({ api }: ApiGateway): Promise<void> {
  const certificates = [
    ['partners.example.com', 25, true],
    ['grpc.example.com', 9, 'observe'],
    ['www.example.com', 200, null],
    ['*.internal.example.com', 700, true],
  ] as const;
  for (const [name, days, verify] of certificates) {
    const forged = leaf(`CN=${name}`, days, [name]);
    const client = verify === null ? null : { verify, ca: authority.pem };
    const body = { certificate: forged.pem, key: keyOf(forged), client };
    const { status, json } = await api.ask('POST', '/v1/certificates', body);
    if (status !== 201) throw new Error(JSON.stringify(json));
  }
}

/** What the authority issued, revoked and permitted before. */
async function fillAuthority({ api }: ApiGateway): Promise<void> {
  const issue = async (wish: object): Promise<string> => {
    const { status, json } = await api.ask('POST', '/v1/ca/certificates', wish);
    if (status !== 201) throw new Error(JSON.stringify(json));
    return String(json['serial']);
  };
  await issue({ profile: 'server', common_name: 'api.example.com', days: 365 });
  await issue({ common_name: 'build-agent', uris: ['spiffe://example.com/build'], days: 7 });
  const lost = await issue({ common_name: 'lost-laptop', emails: ['carol@example.com'] });
  await api.ask('POST', `/v1/ca/certificates/${lost}/revoke`, { reason: 'keyCompromise' });
  await api.ask('POST', '/v1/ca/tokens', { common_name: 'scanner-6', ttl_seconds: 3600 });
}

/** Connections that stay, by a certificate that the authority issues for them. */
async function holdOpen({ api, port }: ApiGateway): Promise<TLSSocket[]> {
  const wish = { common_name: 'reporting', emails: ['reporting@example.com'] };
  const { json } = await api.ask('POST', '/v1/ca/certificates', wish);
  const client = { cert: String(json['certificate']), key: String(json['key']) };
  return Promise.all(
    [1, 2, 3].map(async () => {
      const servername = 'partners.internal.example.com';
      const socket = connectTls({ port, servername, rejectUnauthorized: false, ...client });
      await once(socket, 'secureConnect');
      socket.write(`GET / HTTP/1.1\r\nHost: ${servername}\r\n\r\n`);
      await once(socket, 'data');
      return socket;
    }),
  );
}

/** Clients come, some of them with something that is no good. */
async function sendTraffic(port: number): Promise<void> {
  const names = [
    'alice',
    'alice',
    'reporting',
    'alice',
    'reporting',
    'expired',
    'stranger',
    null,
  ] as const;
  for (const end = Date.now() + TRAFFIC_MS; Date.now() < end; ) {
    const seconds = (end - Date.now()) / 1000;
    const burst = Math.round(3 + 2.5 * Math.sin(seconds / 4) + 2 * Math.random());
    for (let index = 0; index < burst; index++) {
      const name = names[Math.floor(Math.random() * names.length)] ?? null;
      await connect(port, name === null ? null : clients[name]);
    }
    await delay(350);
  }
}

function connect(port: number, client: Forged | null): Promise<void> {
  return new Promise((resolve) => {
    const sent = request(
      {
        port,
        servername: 'api.example.com',
        path: '/orders',
        agent: false,
        rejectUnauthorized: false,
        ...(client === null ? {} : { cert: client.pem, key: keyOf(client) }),
      },
      (response) => response.resume().once('close', resolve),
    );
    sent.once('error', () => resolve());
    sent.end();
  });
}

function leaf(subject: string, days: number, names: readonly string[] = []): Forged {
  const alternatives = names.map((value) => ({
    kind: value.includes('@') ? ('email' as const) : ('dns' as const),
    value,
  }));
  return forge({
    subject,
    issuer: authority,
    notBefore: now - 90 * DAY_MS,
    notAfter: now + days * DAY_MS,
    extensions: [
      extension.purposes(OID.serverAuth, OID.clientAuth),
      ...(names.length === 0 ? [] : [extension.names(...alternatives)]),
    ],
  });
}

function configuration(port: number): string {
  const block = (pem: string): string => `|\n        ${pem.trim().replaceAll('\n', '\n        ')}`;
  return `
listeners:
  - listen: 127.0.0.1:${port}
    protocol: https
    routes:
      - { match: { path: /orders* }, upstream: 'echo:' }
      - { match: { path: /reports*, methods: [GET] }, allow: ['CN=reporting,OU=Finance'], upstream: 'echo:' }
      - { match: { path: /status }, respond: { body: fine } }
certificates:
  - cert: ${block(server.pem)}
    key: ${block(keyOf(server))}
    ca: ${block(authority.pem)}
    verify: true
  - cert: ${block(internal.pem)}
    key: ${block(keyOf(internal))}
    ca_file: ${ca.path('.countersign/ca.crt')}
    verify: true
authorization: { users: [{ user: alice@example.com }, { user: 'CN=reporting,OU=Finance' }] }
ca: { dir: ${ca.path('.countersign')}, listen: '127.0.0.1:${enrolment}', names: [ca.example.com] }
workers: 1
`;
}

function keyOf({ keys }: Forged): string {
  return keys.privateKey.export({ type: 'pkcs8', format: 'pem' });
}
