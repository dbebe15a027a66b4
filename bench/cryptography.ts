// What the cryptography of a handshake alone costs here: the line below which no server can come.
import {
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  randomBytes,
  sign,
  verify,
} from 'node:crypto';
import type { KeyType } from './certificates.ts';
import type { Row } from './row.ts';

const MEASURED_MS = 1000;

/**
 * A full mutual handshake as the server has it, with X25519: an ephemeral key and the shared secret,
 * one signature, and two to verify (the client's leaf and its CertificateVerify).
 */
export function cryptographyOfHandshake(scenario: string, keyType: KeyType): Row {
  const { privateKey, publicKey } =
    keyType === 'P-256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 });
  const peer = generateKeyPairSync('x25519');
  const peerKey = createPublicKey(peer.privateKey);
  const message = randomBytes(130);
  const signature = sign('sha256', message, privateKey);
  const operation = (): void => {
    diffieHellman({ privateKey: generateKeyPairSync('x25519').privateKey, publicKey: peerKey });
    sign('sha256', message, privateKey);
    for (let count = 0; count < 2; count++) verify('sha256', message, publicKey, signature);
  };
  for (let count = 0; count < 200; count++) operation();
  const started = performance.now();
  const before = process.cpuUsage();
  let operations = 0;
  while (performance.now() - started < MEASURED_MS) {
    operation();
    operations++;
  }
  const { user, system } = process.cpuUsage(before);
  return {
    scenario,
    contender: 'cryptography alone',
    operations,
    cpuMicroseconds: (user + system) / operations,
    perSecond: (operations / (performance.now() - started)) * 1000,
    latencyMs: null,
    errors: 0,
    resumed: null,
  };
}
