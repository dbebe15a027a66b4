import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { after, describe, test, type TestContext } from 'node:test';
import { listening, outline, probe, tlsServer } from '../../../test/support/probe.ts';
import { OpensslCa } from '../../../test/support/openssl-certificates.ts';
import { needs } from '../../../test/support/programs.ts';
import { outcomeOf } from './outcome.ts';

describe('a probe', needs('openssl'), () => {
  const ca = new OpensslCa('Test CA');
  after(() => ca.remove());
  const server = ca.issue('localhost', ['DNS:localhost']);
  const client = ca.issue('alice', ['email:alice@example.com']);
  const caPem = ca.root.certPem;
  const identity = { cert: server.certPem, key: server.keyPem };
  const asking = { ...identity, ca: caPem, requestCert: true, rejectUnauthorized: true };

  test('reads mutual TLS 1.3 message by message', async (t) => {
    const port = await tlsServer(t, { ...asking, ALPNProtocols: ['h2'] });
    const seen = await probe(port, { caPem, client, alpn: ['h2', 'http/1.1'] });
    assert.deepEqual(outline(seen.transcript.entries), [
      '> client-hello',
      '< server-hello',
      '< change-cipher-spec',
      '<* encrypted-extensions',
      '<* certificate-request',
      '<* certificate',
      '<* certificate-verify',
      '<* finished',
      '> change-cipher-spec',
      '>* certificate',
      '>* certificate-verify',
      '>* finished',
      '<* new-session-ticket',
      '<* new-session-ticket',
    ]);
    const times = seen.transcript.entries.map(({ atMs }) => atMs);
    assert.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
    );
    assert.equal(seen.transcript.roundTrips, 1);
    assert.deepEqual(seen.verification, { chainError: null, nameError: null });
    assert.deepEqual(outcomeOf(seen), { kind: 'stands' });
  });

  test('reads mutual TLS 1.2, the encrypted end of it too', async (t) => {
    const port = await tlsServer(t, { ...asking, maxVersion: 'TLSv1.2' });
    const seen = await probe(port, { caPem, client });
    assert.deepEqual(outline(seen.transcript.entries), [
      '> client-hello',
      '< server-hello',
      '< certificate',
      '< server-key-exchange',
      '< certificate-request',
      '< server-hello-done',
      '> certificate',
      '> client-key-exchange',
      '> certificate-verify',
      '> change-cipher-spec',
      '>* finished',
      '< new-session-ticket',
      '< change-cipher-spec',
      '<* finished',
    ]);
    assert.equal(seen.transcript.roundTrips, 2);
    assert.deepEqual(outcomeOf(seen), { kind: 'stands' });
  });

  test('a missing certificate is refused after the handshake on 1.3, during it on 1.2', async (t) => {
    const port = await tlsServer(t, asking);
    const late = await probe(port, { caPem, watchMs: 10_000 });
    assert.notEqual(late.secureMs, null);
    assert.deepEqual(outcomeOf(late), { kind: 'refused', when: 'after', alert: 116, reset: false });
    const early = await probe(port, { caPem, maxVersion: 'TLSv1.2' });
    assert.equal(early.secureMs, null);
    assert.deepEqual(outcomeOf(early), {
      kind: 'refused',
      when: 'during',
      alert: 40,
      reset: false,
    });
  });

  test('a server that closes after the handshake has refused, with or without a reset', async (t) => {
    const closing = await tlsServer(t, asking, (socket) => socket.end());
    const closed = outcomeOf(await probe(closing, { caPem, client, watchMs: 10_000 }));
    assert.deepEqual(closed, { kind: 'refused', when: 'after', alert: null, reset: false });
    const resetting = await tlsServer(t, asking, (_, raw) => raw?.resetAndDestroy());
    const reset = outcomeOf(await probe(resetting, { caPem, client, watchMs: 10_000 }));
    assert.deepEqual(reset, { kind: 'refused', when: 'after', alert: null, reset: true });
  });

  test('what a server says before it closes is kept', async (t) => {
    const port = await tlsServer(t, identity, (socket) => socket.end("-ERR 'Go away'\r\n"));
    const outcome = outcomeOf(await probe(port, { caPem }));
    assert.equal(outcome.kind, 'dismissed');
    assert.equal(outcome.kind === 'dismissed' && outcome.words.toString(), "-ERR 'Go away'\r\n");
  });

  test('verification does not stop the handshake, and is told', async (t) => {
    const stranger = new OpensslCa('Stranger');
    t.after(() => stranger.remove());
    const port = await tlsServer(t, identity);
    const unknown = await probe(port, { caPem: stranger.root.certPem });
    assert.equal(unknown.verification?.chainError, 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY');
    assert.equal(unknown.verification.nameError, null);
    const misnamed = await probe(port, { caPem, serverName: 'example.com' });
    assert.equal(misnamed.verification?.chainError, null);
    assert.match(misnamed.verification.nameError ?? '', /example\.com/);
    assert.equal(outcomeOf(misnamed).kind, 'stands');
  });

  test('a server of an old version makes this side give up, by its alert', async (t) => {
    const port = await tlsServer(t, {
      ...identity,
      minVersion: 'TLSv1.1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    });
    const outcome = outcomeOf(await probe(port, { caPem }));
    // The server may be the one to say so, or answer with a version that was not offered.
    assert.ok(outcome.kind === 'refused' || outcome.kind === 'given-up');
    assert.equal(outcome.alert, 70);
  });

  test('a key share that the server does not take costs a round trip more', async (t) => {
    const port = await tlsServer(t, { ...identity, ecdhCurve: 'P-384' });
    const { transcript } = await probe(port, { caPem });
    assert.deepEqual(outline(transcript.entries).slice(0, 5), [
      '> client-hello',
      '< hello-retry-request',
      '< change-cipher-spec',
      '> change-cipher-spec',
      '> client-hello',
    ]);
    assert.equal(transcript.roundTrips, 2);
  });
});

describe('a probe of what is no TLS', () => {
  const caPem = '';
  const speaking = (t: TestContext, words: string): Promise<number> =>
    listening(
      t,
      createServer((socket) => {
        socket.on('error', () => {});
        socket.write(words);
      }),
    );

  test('quotes what the server said', async (t) => {
    const outcome = outcomeOf(await probe(await speaking(t, 'SSH-2.0-x\r\n'), { caPem }));
    assert.equal(outcome.kind, 'foreign');
    assert.equal(outcome.kind === 'foreign' && outcome.start.toString(), 'SSH-2.0-x\r\n');
  });

  test('tells silence by the stage that it fell into', async (t) => {
    const port = await speaking(t, '');
    const silent = outcomeOf(await probe(port, { caPem, timeoutMs: 150 }));
    assert.deepEqual(silent, { kind: 'timeout', stage: 'handshake' });
    const mute = outcomeOf(await probe(port, { caPem, timeoutMs: 150, startTls: 'nats' }));
    assert.deepEqual(mute, { kind: 'timeout', stage: 'greeting' });
  });

  test('tells a closed port and one that closes at once', async (t) => {
    const server = createServer((socket) => socket.end());
    const port = await listening(t, server);
    const closed = outcomeOf(await probe(port, { caPem }));
    assert.deepEqual(closed, { kind: 'refused', when: 'during', alert: null, reset: false });
    server.close();
    const gone = outcomeOf(await probe(port, { caPem }));
    assert.deepEqual(gone, { kind: 'unreachable', code: 'ECONNREFUSED' });
  });

  test('a NATS server that offers no TLS is told', async (t) => {
    const port = await speaking(t, 'INFO {"version":"2.9.10"}\r\n');
    const outcome = outcomeOf(await probe(port, { caPem, startTls: 'nats' }));
    assert.deepEqual(outcome, { kind: 'no-tls', detail: 'its INFO offers no TLS' });
  });

  test('a flood after INFO, an endless record and noise end within the time', async (t) => {
    const noise = Buffer.alloc(1 << 20, 0x17).toString('latin1');
    for (const words of [noise, `\x17\x03\x03\x40\x00${noise}`, '\x16\x03\x03\xff\xff', '\x15']) {
      const port = await speaking(t, words);
      const { ending } = await probe(port, { caPem, timeoutMs: 300 });
      assert.ok(ending.kind === 'tls-error' || ending.kind === 'timeout', ending.kind);
    }
  });
});
