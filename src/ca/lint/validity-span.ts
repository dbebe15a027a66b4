import type { LintRule } from './lint-rule.ts';

export const validitySpan: LintRule = {
  name: 'validity-span',
  citation: 'RFC 5280 sections 4.1.2.5 and 6.1.3: a path is valid while all of it is',
  check({ notBefore, notAfter }, issuing) {
    if (!(notAfter > notBefore)) return 'it ends before it begins';
    if (notBefore < issuing.notBefore) return 'it begins before its issuer';
    return notAfter > issuing.notAfter ? 'it outlives its issuer' : null;
  },
};
