import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HandshakeRecord } from '../tls/handshake-record.ts';
import { createGatewayLog, type GatewayLog } from './log.ts';
import { createTextSink } from './text-log.ts';

const record = {
  id: '1m80a8hy7fajab2yf1bd',
  remoteAddress: '10.0.0.1',
  remotePort: 5555,
  version: 'TLSv1.3',
  alpn: 'h2',
  resumed: false,
  user: null,
  peer: null,
  outcome: 'admitted',
  cause: null,
  detail: null,
} as unknown as HandshakeRecord;

function lines(): { log: GatewayLog; written: string[] } {
  const written: string[] = [];
  const at = Date.UTC(2026, 0, 1, 12, 30, 45);
  return {
    log: createGatewayLog(
      createTextSink(
        (line) => void written.push(line),
        () => at,
      ),
    ),
    written,
  };
}

test('an admitted client is named by its user, subject or absence of both', () => {
  const { log, written } = lines();
  log.handshake({ ...record, user: 'derek@nats.io' }, null);
  log.handshake({ ...record, peer: { subject: 'CN=a' } as never, resumed: true }, null);
  log.handshake(record, null);
  assert.deepEqual(written, [
    '12:30:45 admitted derek@nats.io from 10.0.0.1:5555 (TLSv1.3, h2)\n',
    '12:30:45 admitted CN=a from 10.0.0.1:5555 (TLSv1.3, h2, resumed)\n',
    '12:30:45 admitted a client without certificate from 10.0.0.1:5555 (TLSv1.3, h2)\n',
  ]);
});

test('a refusal says why, what mends it, and under which id', () => {
  const { log, written } = lines();
  const bare = { code: 'expired', severity: 'error', title: '', detail: '' } as const;
  log.handshake(
    { ...record, outcome: 'refused', cause: 'expired', detail: 'since 2020' },
    {
      en: { ...bare, remedy: 'countersign issue client a --force' },
      zh: { ...bare, remedy: '续签' },
    },
  );
  assert.deepEqual(written, [
    '12:30:45 refused a client without certificate from 10.0.0.1:5555: expired: since 2020. To mend it: countersign issue client a --force [1m80a8hy7fajab2yf1bd]\n',
  ]);
});

test('what a client sends can not move the cursor', () => {
  const { log, written } = lines();
  log.requestRefused(
    record,
    { code: 'user-not-allowed', user: null, detail: '' },
    'GET',
    '/\u001b[2J\u202e',
    null,
  );
  assert.match(written[0] ?? '', /refused GET \/\?\[2J\? of /);
});
