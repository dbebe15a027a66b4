import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { assertAgreement } from '../../test/support/hello-agreement.ts';
import { OpensslCa } from '../../test/support/openssl-certificates.ts';

const ca = new OpensslCa('my-ca');
after(() => ca.remove());

test('reads no other server name or protocols in a hello than OpenSSL does', async () => {
  const agreed = await assertAgreement(ca.root, 400);
  assert.ok(agreed > 20, `${agreed} hellos that both take`);
});
