import { decodePublicKey, describeKey, KeyError } from '../../pki/keys.ts';
import type { LintRule } from './lint-rule.ts';

export const strongKey: LintRule = {
  name: 'strong-key',
  citation: 'NIST SP 800-131A revision 2 section 3; RFC 8410',
  check({ publicKey }) {
    let kind: string;
    try {
      kind = describeKey(decodePublicKey(publicKey));
    } catch (error) {
      if (error instanceof KeyError) return error.message;
      throw error;
    }
    if (['p256', 'p384', 'p521', 'ed25519'].includes(kind)) return null;
    const bits = Number(/^rsa(\d+)$/.exec(kind)?.[1] ?? 0);
    return bits >= 2048 && bits <= 8192
      ? null
      : `${kind} keys get no certificate here; use p256, p384, ed25519 or rsa with 2048 to 8192 bits`;
  },
};
