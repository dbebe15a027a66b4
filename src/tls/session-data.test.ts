import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { acceptingServer, serverTls } from '../../test/support/accepting-server.ts';
import { OpensslCa } from '../../test/support/openssl-certificates.ts';
import { connectTls } from '../../test/support/tls-client.ts';
import type { HandshakeOutcome } from './acceptor.ts';
import { withoutPeer } from './session-data.ts';
import { SessionMemory, type StoredSession } from './session-store.ts';

const ca = new OpensslCa('my-ca');
after(() => ca.remove());
const server = ca.issue('localhost', ['DNS:localhost']);
const alice = ca.issue('alice', []);
const other = new OpensslCa('other-ca');
after(() => other.remove());
const mallory = other.issue('mallory', []);
const der = new X509Certificate(alice.certPem).raw;

class Watched extends SessionMemory {
  readonly kept: StoredSession[] = [];

  override keep(id: string, session: StoredSession): void {
    this.kept.push(session);
    super.keep(id, session);
  }
}

function letIn(outcome: HandshakeOutcome): void {
  if (outcome.kind === 'failed') return;
  outcome.allowResumption();
  outcome.socket.on('error', () => {});
  outcome.socket.end('hello\n');
  outcome.socket.resume();
}

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`${version}: a good client's session is kept without its certificate, and resumes as the same client`, async (t) => {
    const sessions = new Watched();
    const fallback = serverTls(server, [ca.root.certPem]);
    const accepting = await acceptingServer(t, { fallback }, letIn, sessions);
    const first = await connectTls(accepting.port, { pair: alice, version });
    await accepting.next();
    assert.ok(first.session);
    assert.ok(sessions.kept.length > 0);
    for (const { data, chain } of sessions.kept) {
      assert.equal(data.includes(der), false);
      assert.deepEqual(chain[0], der);
    }
    const again = await connectTls(accepting.port, { version, session: first.session });
    assert.equal(again.reused, true);
    const outcome = await accepting.next();
    assert.equal(outcome.record.resumed, true);
    assert.ok(outcome.kind === 'established' && outcome.verdict.kind === 'verified');
    assert.match(outcome.record.peer?.subject ?? '', /alice/);
  });

  test(`${version}: what OpenSSL has against a client is still known when it resumes`, async (t) => {
    const sessions = new Watched();
    const fallback = serverTls(server, [ca.root.certPem], { mode: 'optional' });
    const accepting = await acceptingServer(t, { fallback }, letIn, sessions);
    const first = await connectTls(accepting.port, { pair: mallory, version });
    const full = await accepting.next();
    assert.ok(full.kind === 'established' && full.verdict.kind === 'failed');
    assert.ok(
      sessions.kept.every(({ data }) => data.includes(new X509Certificate(mallory.certPem).raw)),
    );
    if (first.session === null) return;
    await connectTls(accepting.port, { pair: mallory, version, session: first.session });
    const outcome = await accepting.next();
    assert.ok(outcome.kind === 'established' && outcome.verdict.kind === 'failed');
  });
}

test('whatever else the bytes are, they stay as they are or lose the one element', () => {
  const element = fc
    .tuple(
      fc.oneof(fc.constant(PEER), fc.integer({ min: 0, max: 255 })),
      fc.uint8Array({ maxLength: 300 }),
    )
    .map(([tag, content]) => tlv(tag, Buffer.from(content)));
  fc.assert(
    fc.property(fc.array(element, { maxLength: 6 }), (elements) => {
      const at = elements.findIndex((one) => one[0] === PEER);
      // A tag that goes on in further bytes stands nowhere in a session: what is behind it isn't looked at.
      const isRead = !elements.slice(0, at).some((one) => (one[0] & 0x1f) === 0x1f);
      const expected = at === -1 || !isRead ? elements : elements.toSpliced(at, 1);
      assert.deepEqual(
        withoutPeer(tlv(0x30, Buffer.concat(elements))),
        tlv(0x30, Buffer.concat(expected)),
      );
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      assert.ok(withoutPeer(Buffer.from(bytes)).length <= bytes.length);
    }),
  );
});

const PEER = 0xa3;

function tlv(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const head =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...head]), content]);
}
