// Issues certificates until it is killed, and hands each out by a line: serial number and fingerprint.
import { writeSync } from 'node:fs';
import { openAuthority } from '../../src/ca/authority-files.ts';
import { clientLeafNames } from '../../src/ca/leaf-names.ts';
import { encodePublicKey, generatePrivateKey } from '../../src/pki/keys.ts';

const authority = await openAuthority(process.argv[2] ?? '.');
const publicKey = encodePublicKey(await generatePrivateKey());
for (;;) {
  const now = Date.now();
  const { certificate } = await authority.issueClient({
    ...clientLeafNames('alice'),
    publicKey,
    now,
  });
  writeSync(1, `${certificate.serialNumber} ${certificate.fingerprint}\n`);
}
