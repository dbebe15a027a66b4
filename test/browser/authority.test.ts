// The authority in the dashboard: a user's certificate is issued, used by curl, and revoked with what is open
// for it; a machine enrols with a token that was made there.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { askAgain, holdConnection, startAuthorityGateway } from '../support/authority-gateway.ts';
import { curl } from '../support/curl.ts';
import { needs } from '../support/programs.ts';
import { Shell } from '../support/shell.ts';
import { logIn, openPage, startBrowser } from './dashboard.ts';
import { focusComesTo, tabTo } from './keyboard.ts';

const ENTRY = join(import.meta.dirname, '../../bin/countersign.js');
const PASSWORD = 'correct horse';

const WORDS = {
  en: {
    locale: 'en-US',
    login: { token: 'Token', enter: 'Log in' },
    section: 'Authority',
    issue: 'Issue certificate',
    name: 'Name',
    emails: 'Email addresses',
    user: 'User',
    good: 'Nothing stands against it.',
    pkcs12: 'PKCS#12',
    password: 'Password of the file',
    again: 'The same once more',
    differs: 'The two passwords differ.',
    send: 'Issue',
    issued: 'Issued: CN=alice',
    once: 'nobody can have it again',
    download: 'Download alice.p12',
    show: 'Show the certificate',
    revoke: 'Revoke',
    closes: 'This closes 2 live connections.',
    reason: 'Reason',
    compromised: 'The key was compromised',
    revoked: '2 live connections were closed',
    status: 'Revoked',
  },
  zh: {
    locale: 'zh-CN',
    login: { token: '令牌', enter: '登录' },
    section: '证书颁发机构',
    issue: '签发证书',
    name: '名称',
    emails: '电子邮件地址',
    user: '用户',
    good: '没有任何问题。',
    pkcs12: 'PKCS#12 文件',
    password: '文件密码',
    again: '再次输入密码',
    differs: '两次输入的密码不一致。',
    send: '签发',
    issued: '已签发：CN=alice',
    once: '任何人都无法再次获取',
    download: '下载 alice.p12',
    show: '查看证书',
    revoke: '吊销',
    closes: '这会关闭 2 个活动连接。',
    reason: '原因',
    compromised: '密钥泄露',
    revoked: '关闭了 2 个活动连接',
    status: '已吊销',
  },
} as const;

test('the authority, by the dashboard', needs('chromium', 'curl', 'openssl'), async (t) => {
  const started = await startAuthorityGateway(t);
  const { ca, api, port, admin } = started;
  const browser = await startBrowser(t);
  const reach = (file: string) =>
    curl(
      [
        '--cacert',
        ca.path('.countersign/ca.crt'),
        '--cert-type',
        'P12',
        '--cert',
        `${file}:${PASSWORD}`,
        `https://localhost:${port}/`,
      ],
      { cwd: ca.folder },
    );

  for (const words of [WORDS.en, WORDS.zh]) {
    await t.test(`a certificate's life, in ${words.locale}`, async (t2) => {
      const { page, assertClean } = await openPage(t2, browser, { locale: words.locale });
      await logIn(page, started, words.login);
      await page.getByRole('link', { name: words.section, exact: true }).click();
      await page.getByRole('link', { name: words.issue }).click();
      await page.getByLabel(words.name, { exact: true }).fill('alice');
      await page.getByLabel(words.emails).fill('alice@example.com');
      await page.getByText(words.good).waitFor();
      const preview = await page.locator('.leaf-preview').textContent();
      assert.match(preview ?? '', /CN=alice.*email:alice@example\.com.*alice@example\.com/);
      await page.getByText(words.pkcs12, { exact: true }).click();
      await page.getByLabel(words.password).fill(PASSWORD);
      await page.getByLabel(words.again).fill('correct');
      await page.getByText(words.differs).waitFor();
      await page.getByLabel(words.again).fill(PASSWORD);
      await page.getByRole('button', { name: words.send, exact: true }).click();
      await page.getByText(words.issued).waitFor();
      await page.getByText(words.once).waitFor();
      const file = `alice-${words.locale}.p12`;
      await save(page, words.download, ca.path(file));
      const admitted = await reach(file);
      assert.equal(admitted.status, 200, admitted.verbose);
      assert.match(admitted.body, /"user": ?"alice@example\.com"/);

      const pfx = { pfx: await readFile(ca.path(file)), passphrase: PASSWORD };
      const held = [await holdConnection(started, pfx), await holdConnection(started, pfx)];
      await page.getByRole('link', { name: words.show }).click();
      await page.getByRole('button', { name: words.revoke }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByText(words.closes).waitFor();
      const closed = held.map((socket) => once(socket, 'close'));
      await askAgain(held[0] ?? assert.fail());
      await dialog.getByLabel(words.reason).selectOption({ label: words.compromised });
      await dialog.getByRole('button', { name: words.revoke }).click();
      await page.getByText(words.revoked).waitFor();
      await Promise.all(closed);
      await page.locator('.facts').getByText(words.status, { exact: true }).first().waitFor();
      assert.equal((await reach(file)).status, null);
      assertClean();
    });
  }

  const { page, assertClean } = await openPage(t, browser, {
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  await logIn(page, started);

  await t.test('what stands against it is told at its field while it is typed', async () => {
    await page.goto(`${admin}/#/authority/issue`);
    const emails = page.getByLabel('Email addresses');
    await page.getByLabel('Name', { exact: true }).fill('mallory');
    await page.getByText('none that is configured').waitFor();
    await emails.fill('mallory@');
    await page.getByRole('alert').getByText('a host name is needed').waitFor();
    assert.equal(await emails.getAttribute('aria-invalid'), 'true');
    const before = await api.ask('GET', '/v1/ca/certificates');
    await page.getByRole('button', { name: 'Issue', exact: true }).click();
    await page.getByText('Something is wrong: see the fields above.').waitFor();
    await page.getByLabel('Profile').selectOption('server');
    await page.getByLabel('Host name or IP address').fill('*.com.');
    await page.getByRole('alert').getByText('leave out the dot at the end').waitFor();
    const after = await api.ask('GET', '/v1/ca/certificates');
    assert.equal(after.json['total'], before.json['total']);
  });

  await t.test('a key in PEM is handed over once, and leaves with the page', async () => {
    await page.goto(`${admin}/#/authority/issue`);
    await page.reload();
    await page.getByLabel('Name', { exact: true }).fill('bob@example.com');
    await page.keyboard.press('Enter');
    await page.getByText('Issued: CN=bob@example.com').waitFor();
    await save(page, 'Download bob@example.com.key', ca.path('bob.key'));
    await save(page, 'Download bob@example.com.crt', ca.path('bob.crt'));
    const client = { cert: ca.text('bob.crt'), key: ca.text('bob.key') };
    (await holdConnection(started, client)).destroy();
    await page.getByRole('link', { name: 'Show the certificate' }).click();
    await page.getByText('Live connections').waitFor();
    await page.goBack();
    await page.getByLabel('Email addresses').waitFor();
    assert.ok(!(await page.content()).includes('PRIVATE KEY'));
  });

  await t.test('issued and revoked by keyboard alone', async () => {
    await page.goto(`${admin}/#/authority`);
    await page.getByRole('link', { name: 'Issue certificate' }).waitFor();
    await tabTo(page, 'Issue certificate');
    await page.keyboard.press('Enter');
    await page.getByLabel('Email addresses').waitFor();
    await tabTo(page, 'Name');
    await page.keyboard.type('dave');
    await tabTo(page, 'PEM files');
    await page.keyboard.press('ArrowRight');
    await tabTo(page, 'Password of the file');
    await page.keyboard.type(PASSWORD);
    await tabTo(page, 'The same once more');
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByText('Issued: CN=dave').waitFor();
    await tabTo(page, 'Show the certificate');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Revoke' }).waitFor();
    await tabTo(page, 'Revoke');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await focusComesTo(page, 'Revoke');
    await page.keyboard.press('Enter');
    await tabTo(page, 'Revoke');
    await page.keyboard.press('Enter');
    await page.getByText('It had no live connections, and is refused everywhere.').waitFor();
  });

  await t.test('the list is filtered', async () => {
    await page.goto(`${admin}/#/authority`);
    await page.getByLabel('Status').selectOption('revoked');
    await page.getByText('1–3 of 3').waitFor();
    const revoked = await page.getByRole('row').filter({ hasText: 'CN=' }).allTextContents();
    const names = revoked.map((row) => /alice|bob|dave/.exec(row)?.[0] ?? row);
    assert.deepEqual(names.toSorted(), ['alice', 'alice', 'dave']);
    await page.getByLabel('Status').selectOption('');
    await page.getByLabel('Search').fill('bob@');
    await page.getByText('1–1 of 1').waitFor();
    assert.match(page.url(), /q=bob/);
  });

  await t.test('a machine enrols with a token that was made here', async (t2) => {
    await page.getByRole('link', { name: 'Make token' }).click();
    await page.getByLabel('Name', { exact: true }).fill('bob');
    await page.getByLabel('Email addresses').fill('bob@example.com');
    await page.getByLabel('Good for').selectOption({ label: '1 hour' });
    await page.getByRole('button', { name: 'Make token' }).click();
    await page.getByText(/^(59 minutes|1 hour)/).waitFor();
    await page.getByRole('button', { name: 'Copy' }).click();
    const command = await page.evaluate<string>('navigator.clipboard.readText()');
    assert.match(command, /^countersign enroll https:\/\/localhost:\d+ --token cst1_/);
    const machine = await Shell.open(t2);
    const [, ...words] = command.split(' ');
    const enrolled = spawnSync(process.execPath, [ENTRY, ...words], {
      cwd: machine.folder,
      encoding: 'utf8',
    });
    assert.equal(enrolled.status, 0, enrolled.stderr);
    const client = {
      cert: machine.text('.countersign/bob.crt'),
      key: machine.text('.countersign/bob.key'),
    };
    (await holdConnection(started, client)).destroy();
    await page.getByRole('link', { name: 'Tokens' }).click();
    await page.getByRole('row').filter({ hasText: 'bob' }).getByText('Used').waitFor();
  });

  await t.test('a token is taken back', async () => {
    const { json } = await api.ask('POST', '/v1/ca/tokens', { common_name: 'eve' });
    const row = page.getByRole('row').filter({ hasText: 'eve' });
    await row.getByRole('button', { name: 'Withdraw' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Withdraw' }).click();
    await row.waitFor({ state: 'detached' });
    const gone = await api.ask('DELETE', `/v1/ca/tokens/${String(json['id'])}`);
    assert.equal(gone.status, 404);
    assertClean();
  });
});

async function save(page: Page, link: string, path: string): Promise<void> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: link }).click(),
  ]);
  await download.saveAs(path);
}
