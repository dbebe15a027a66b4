// The chain of a refused client is kept as it was sent, and the certificate at fault is named.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { startApiGateway } from '../support/api-gateway.ts';
import { curl } from '../support/curl.ts';
import {
  findHandshake,
  present,
  presentedCases,
  writePresentedChains,
} from '../support/presented-chains.ts';
import { needs } from '../support/programs.ts';
import { scenarioCertificates } from '../support/scenario-certificates.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

type Item = Readonly<Record<string, unknown>>;

const commonName = (certificate: unknown): string =>
  String((certificate as Item | null)?.['subject']).replace(/^CN=/, '');

test('the certificate at fault of a chain as presented', needs('curl', 'openssl'), async (t) => {
  const web = await scenarioCertificates('webServer');
  const clients = await temporaryFolder(t);
  await writePresentedChains(clients);
  const anchors = await Promise.all(
    [`${web}/ca.crt`, `${clients}/root.crt`].map((one) => readFile(one)),
  );
  await writeFile(join(clients, 'trusted.crt'), Buffer.concat(anchors));
  const { api, port } = await startApiGateway(
    t,
    (listen) => `
listeners:
  - listen: 127.0.0.1:${listen}
    protocol: https
    tls: { cert_file: ${web}/server.crt, key_file: ${web}/server.key, ca_file: ${clients}/trusted.crt, verify: true }
    upstream: 'echo:'
workers: 2
`,
  );

  const recorded = (query: string) => findHandshake(api, query);

  for (const { name, cause, chain, fault } of presentedCases) {
    await t.test(`a client with ${chain.join(', ')}`, async () => {
      const from = new Date().toISOString();
      await present(clients, port, name);
      const handshake = await recorded(`finding=${cause}&from=${from}`);
      assert.deepEqual((handshake['chain'] as Item[]).map(commonName), chain);
      assert.equal(handshake['chain_length'], chain.length);
      assert.equal(commonName(handshake['fault']), fault);
    });
  }

  await t.test('one that is admitted has its chain and no fault', async () => {
    const certificate = ['--cert', `${web}/client.crt`, '--key', `${web}/client.key`];
    assert.equal((await curl(['-k', ...certificate, `https://127.0.0.1:${port}/`])).status, 200);
    const handshake = await recorded('outcome=admitted');
    assert.equal((handshake['chain'] as Item[]).length, 1);
    assert.equal(handshake['fault'], null);
  });

  await t.test('findings are told in the language that is asked for', async () => {
    const { id } = await recorded('finding=expired');
    const told = async (query: string, ...headers: string[]): Promise<unknown> => {
      const answer = await api.ask(
        'GET',
        `/v1/handshakes/${String(id)}${query}`,
        undefined,
        headers,
      );
      const [finding] = answer.json['findings'] as Item[];
      return [answer.headers.get('content-language'), finding?.['title']];
    };
    const chinese = ['zh', '证书已过期'];
    const english = ['en', 'The certificate has expired'];
    assert.deepEqual(await told(''), english);
    assert.deepEqual(await told('', 'Accept-Language: zh-CN,zh;q=0.9,en;q=0.8'), chinese);
    assert.deepEqual(await told('?language=zh'), chinese);
    assert.deepEqual(await told('?language=en', 'Accept-Language: zh'), english);
    assert.equal((await api.ask('GET', `/v1/handshakes/${String(id)}?language=fr`)).status, 400);
    const explained = await api.ask('POST', '/v1/explain', { sni: 'localhost' }, [
      'Accept-Language: zh',
    ]);
    assert.equal((explained.json['findings'] as Item[])[0]?.['title'], '客户端没有发送证书');
  });
});
