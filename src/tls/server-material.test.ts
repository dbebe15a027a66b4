// Certificate and key that are elsewhere until a client comes to them.
import assert from 'node:assert/strict';
import { after, test, type TestContext } from 'node:test';
import {
  type AcceptingServer,
  acceptingServer,
  serverTls,
} from '../../test/support/accepting-server.ts';
import { OpensslCa } from '../../test/support/openssl-certificates.ts';
import { connectTls } from '../../test/support/tls-client.ts';
import type { MaterialSource, ServerMaterial } from './server-material.ts';

const ca = new OpensslCa('my-ca');
after(() => ca.remove());
const server = ca.issue('localhost', ['DNS:localhost']);
const alice = ca.issue('alice', []);
const fallback = serverTls({ certPem: '', keyPem: '' }, [ca.root.certPem], { materialId: 7 });

interface Asked {
  readonly id: number;
  readonly answer: (material: ServerMaterial | null) => void;
}

/** A server, and what it asked for so far. */
async function waitingServer(
  t: TestContext,
  timeoutMs = 5000,
): Promise<{
  accepting: AcceptingServer;
  asked: Asked[];
  until: (count: number) => Promise<void>;
}> {
  const asked: Asked[] = [];
  let onAsked = (): void => {};
  const materials: MaterialSource = {
    find: (id, answer) => {
      asked.push({ id, answer });
      onAsked();
    },
  };
  const accepting = await acceptingServer(
    t,
    { fallback, timeoutMs },
    undefined,
    undefined,
    materials,
  );
  const until = (count: number): Promise<void> =>
    new Promise((resolve) => {
      onAsked = () => {
        if (asked.length >= count) resolve();
      };
      onAsked();
    });
  return { accepting, asked, until };
}

test('the first client waits for certificate and key; those after it find them', async (t) => {
  const { accepting, asked, until } = await waitingServer(t);
  const first = connectTls(accepting.port, { pair: alice });
  const second = connectTls(accepting.port, { pair: alice, version: 'TLSv1.2' });
  await until(1);
  while (accepting.acceptor.inFlight < 2) await new Promise(setImmediate);
  asked[0]?.answer(server);
  for (const seen of await Promise.all([first, second])) assert.equal(seen.received, 'hello\n');
  assert.equal((await connectTls(accepting.port, { pair: alice })).received, 'hello\n');
  assert.deepEqual(
    asked.map(({ id }) => id),
    [7],
  );
});

test('without them the client is refused, and the next one asks again', async (t) => {
  const { accepting, asked, until } = await waitingServer(t);
  const refused = connectTls(accepting.port, { pair: alice });
  await until(1);
  asked[0]?.answer(null);
  const seen = await refused;
  assert.deepEqual([seen.secure, seen.alert, seen.reset], [false, 80, false]);
  const { record } = await accepting.next();
  assert.equal(record.cause, 'server-certificate');
  assert.equal(record.detail, 'server.crt: ERR_MATERIAL_MISSING');
  const admitted = connectTls(accepting.port, { pair: alice });
  await until(2);
  asked[1]?.answer(server);
  assert.equal((await admitted).received, 'hello\n');
});

test('a handshake waits for them no longer than for anything else', async (t) => {
  const { accepting, asked, until } = await waitingServer(t, 1500);
  const seen = connectTls(accepting.port, { pair: alice });
  await until(1);
  const outcome = await accepting.next();
  assert.equal(outcome.record.cause, 'handshake-timeout');
  assert.equal((await seen).secure, false);
  // An answer that comes after it finds nobody.
  asked[0]?.answer(server);
  assert.equal(accepting.acceptor.inFlight, 0);
});
