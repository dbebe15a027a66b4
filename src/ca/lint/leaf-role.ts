import type { LintRule } from './lint-rule.ts';

export const leafRole: LintRule = {
  name: 'leaf-role',
  citation: 'RFC 5280 section 4.2.1.9: the issuing certificate has a path length of 0',
  check: ({ role }) =>
    role.kind === 'server' || role.kind === 'client' ? null : 'it would be an authority itself',
};
