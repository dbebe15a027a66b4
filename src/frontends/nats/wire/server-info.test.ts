import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientInfoLine, type FrontInfo, readServerInfo } from './server-info.ts';

const front: FrontInfo = { tlsVerify: true, authenticates: true, clientAddress: '192.0.2.7' };

const upstream = {
  server_id: 'NABC',
  version: '2.9.10',
  proto: 1,
  headers: true,
  max_payload: 1024,
  client_ip: '127.0.0.1',
  nonce: 'n0nce',
  tls_available: true,
  connect_urls: ['10.0.0.1:4222'],
  ws_connect_urls: ['10.0.0.1:80'],
  added_later: { x: [1] },
};

function rewrite(fields: object, change: Partial<FrontInfo> = {}, isLameDuck = false): unknown {
  const info = readServerInfo(Buffer.from(JSON.stringify(fields)));
  assert.ok(info);
  const line = clientInfoLine(info, { ...front, ...change }, isLameDuck).toString();
  assert.match(line, /^INFO \{.*\}\r\n$/);
  return JSON.parse(line.slice(5));
}

test('INFO speaks of this side: TLS, no other addresses, no nonce for who is known by certificate', () => {
  assert.deepEqual(rewrite(upstream), {
    server_id: 'NABC',
    version: '2.9.10',
    proto: 1,
    headers: true,
    max_payload: 1024,
    client_ip: '192.0.2.7',
    added_later: { x: [1] },
    tls_required: true,
    tls_verify: true,
    auth_required: true,
  });
});

test('who answers for itself gets the nonce and what the upstream says of credentials', () => {
  const own = { authenticates: false };
  assert.deepEqual(rewrite({ nonce: 'n', auth_required: true }, own), {
    nonce: 'n',
    auth_required: true,
    tls_required: true,
    tls_verify: true,
  });
  assert.deepEqual(rewrite({ tls_verify: true }, { ...own, tlsVerify: false }), {
    tls_required: true,
  });
});

test('a client is told to look for another server', () => {
  assert.deepEqual(rewrite({ auth_required: false }, {}, true), {
    auth_required: true,
    tls_required: true,
    tls_verify: true,
    ldm: true,
  });
});

test('what is no JSON object is no INFO', () => {
  for (const text of ['', '[]', 'null', '"x"', '{', '{}x', '1']) {
    assert.equal(readServerInfo(Buffer.from(text)), null, text);
  }
});

test('fields of other kinds than they should be count for nothing', () => {
  const info = readServerInfo(
    Buffer.from('{"nonce":5,"tls_required":"yes","tls_available":1,"max_payload":"1"}'),
  );
  assert.deepEqual(
    { ...info, fields: null },
    { fields: null, nonce: null, tlsRequired: false, tlsAvailable: false, maxPayload: null },
  );
});
