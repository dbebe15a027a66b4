// An API gateway with client mTLS, set up in the dashboard by a robot in both languages, then reached by
// curl: certificates of a hundred years by an X.509 v1 CA, the server name taken from the CN.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { startApiGateway } from '../support/api-gateway.ts';
import { curl } from '../support/curl.ts';
import { startHttpUpstream } from '../support/http-upstream.ts';
import { needs } from '../support/programs.ts';
import { scenarioCertificates } from '../support/scenario-certificates.ts';
import { logIn, openPage, startBrowser } from './dashboard.ts';

const WORDS = {
  en: {
    locale: 'en-US',
    login: { token: 'Token', enter: 'Log in' },
    section: 'SSL certificates',
    add: '+ Add SSL certificate',
    dialog: 'Add SSL certificate',
    server: 'Server',
    certificate: 'Upload: Certificate',
    key: 'Upload: Private key',
    verification: 'Peer verification',
    ca: 'Upload: CA certificate',
    read: 'Read from: Certificate',
    send: 'Add',
    on: 'On',
    delete: 'Delete',
    stops: 'Clients that ask for these names no longer get this certificate',
    none: 'No certificate matches.',
  },
  zh: {
    locale: 'zh-CN',
    login: { token: '令牌', enter: '登录' },
    section: 'SSL 证书',
    add: '+ 添加 SSL 证书',
    dialog: '添加 SSL 证书',
    server: '服务端',
    certificate: '上传：证书',
    key: '上传：私钥',
    verification: '对端验证',
    ca: '上传：CA 证书',
    read: '读取结果：证书',
    send: '添加',
    on: '开启',
    delete: '删除',
    stops: '请求以下名称的客户端将不再得到此证书',
    none: '没有符合条件的证书。',
  },
} as const;

test(
  'an API behind client mTLS, by the dashboard',
  needs('chromium', 'curl', 'openssl'),
  async (t) => {
    const certificates = await scenarioCertificates('apiGateway');
    const upstream = await startHttpUpstream(t);
    const gateway = await startApiGateway(
      t,
      (port) => `
listeners: [{ listen: '127.0.0.1:${port}', protocol: https, upstream: '${upstream.url}' }]
workers: 1
`,
    );
    const { port } = gateway;
    const target = ['--resolve', `test.com:${port}:127.0.0.1`, `https://test.com:${port}/ip`];
    const client = ['--cert', 'client.crt', '--key', 'client.key'];
    const browser = await startBrowser(t);

    for (const words of [WORDS.en, WORDS.zh]) {
      await t.test(`typed in ${words.locale}`, async (t2) => {
        const { page, assertClean } = await openPage(t2, browser, { locale: words.locale });
        await logIn(page, gateway, words.login);
        await page.getByRole('link', { name: words.section }).click();
        await page.getByRole('button', { name: words.add }).click();
        const dialog = page.getByRole('dialog', { name: words.dialog });
        await dialog.getByRole('radio', { name: words.server }).check();
        const upload = (field: string, file: string) =>
          dialog.getByLabel(field, { exact: true }).setInputFiles(join(certificates, file));
        await upload(words.certificate, 'server.crt');
        const read = dialog.getByRole('list', { name: words.read, exact: true });
        assert.match((await read.textContent()) ?? '', /CN=test\.com.*CN=ROOTCA/);
        await upload(words.key, 'server.key');
        await dialog.getByRole('switch', { name: words.verification }).check();
        await upload(words.ca, 'ca.crt');
        await dialog.getByRole('button', { name: words.send, exact: true }).click();

        await dialog.waitFor({ state: 'detached' });
        const row = page.getByRole('row').filter({ hasText: 'test.com' });
        await row.getByText(words.server).waitFor();
        assert.equal(await row.getByText(words.on, { exact: true }).count(), 1);
        const id = (await row.getByRole('link').textContent()) ?? '';
        assert.match(id, /^[\w-]{8,}$/);

        const admitted = await curl(['-ik', ...target, ...client], { cwd: certificates });
        assert.equal(admitted.exitCode, 0, admitted.verbose);
        assert.equal(admitted.status, 200);
        assert.equal(admitted.version, 'HTTP/2');
        assert.match(admitted.verbose, /TLSv1\.3 \(IN\), TLS handshake, Request CERT/);
        assert.match(admitted.verbose, /TLSv1\.3 \(OUT\), TLS handshake, Certificate/);
        assert.match(admitted.verbose, /TLSv1\.3 \(OUT\), TLS handshake, CERT verify/);
        assert.match(admitted.verbose, /ALPN: server accepted h2/);
        const refused = await curl(['-ik', ...target], { cwd: certificates });
        assert.equal(refused.exitCode, 56, refused.verbose);
        assert.equal(refused.status, null);
        assert.match(refused.verbose, /alert certificate required/i);

        await row.getByRole('link').click();
        await page.getByRole('button', { name: words.delete, exact: true }).click();
        const question = page.getByRole('dialog');
        await question.getByText(words.stops).waitFor();
        assert.match(
          (await question.textContent()) ?? '',
          new RegExp(`test\\.com.*127\\.0\\.0\\.1:${port}`),
        );
        await question.getByRole('button', { name: words.delete, exact: true }).click();
        await page.getByText(words.none).waitFor();
        const gone = await curl(['-ik', ...target, ...client], { cwd: certificates });
        assert.equal(gone.exitCode, 35, gone.verbose);
        assertClean();
      });
    }
  },
);
