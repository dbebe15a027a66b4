import type { LintRule } from './lint-rule.ts';

export const otherKey: LintRule = {
  name: 'other-key',
  citation: 'RFC 5280 section 4.2.1.3: the keys of an authority sign certificates alone',
  check: ({ publicKey }, issuing) =>
    publicKey.equals(issuing.spki) ? 'the key is that of the authority itself' : null,
};
