// The choice of a certificate rests on our reading of the server name, the handshake on OpenSSL's.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as net from 'node:net';
import * as tls from 'node:tls';
import fc from 'fast-check';
import { ClientHelloReader } from '../../src/tls/client-hello-reader.ts';
import { handshakeRecords } from './client-hello-bytes.ts';
import { helloVariants } from './hello-variants.ts';
import type { KeyPair } from './openssl-certificates.ts';
import { readByOpenssl } from './openssl-hello.ts';
import { connectTls } from './tls-client.ts';

const PROTOCOLS = ['h2', 'http/1.1', 'x'];

/**
 * Fails where OpenSSL goes on with a hello that we read another name in, or that holds a protocol in
 * common which we don't see. That we refuse more than OpenSSL is no disagreement. Returns how many
 * hellos both took.
 */
export async function assertAgreement(
  pair: KeyPair,
  numRuns: number,
  seed?: number,
): Promise<number> {
  const secureContext = tls.createSecureContext({ cert: pair.certPem, key: pair.keyPem });
  const message = await captureHello();
  let agreed = 0;
  const property = fc.asyncProperty(helloVariants(message), async (variant) => {
    const bytes = handshakeRecords(variant);
    const ours = new ClientHelloReader().push(bytes);
    assert.notEqual(ours.kind, 'not-tls');
    if (ours.kind !== 'hello') return;
    const theirs = await readByOpenssl(bytes, secureContext, PROTOCOLS);
    if (theirs === null) return;
    const name = theirs.serverName?.toLowerCase().replace(/\.$/, '') ?? null;
    assert.equal(ours.hello.sni, name);
    const common = PROTOCOLS.find((protocol) => ours.hello.alpn.includes(protocol));
    assert.equal(theirs.alpn, common ?? null);
    agreed += 1;
  });
  await fc.assert(property, { numRuns, ...(seed === undefined ? {} : { seed }) });
  return agreed;
}

/** A hello of node's client, as a message without its record. */
async function captureHello(): Promise<Buffer> {
  const listener = net.createServer();
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const client = connectTls((listener.address() as net.AddressInfo).port, { alpn: ['h2'] });
  const [socket] = (await once(listener, 'connection')) as [net.Socket];
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  listener.close();
  await client;
  return bytes.subarray(5);
}
