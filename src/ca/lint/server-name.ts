import type { LintRule } from './lint-rule.ts';

export const serverName: LintRule = {
  name: 'server-name',
  citation: 'RFC 9525 section 2: clients do not look at the common name',
  check: ({ role, subjectAltNames }) =>
    role.kind === 'server' && !subjectAltNames.some(({ kind }) => kind === 'dns' || kind === 'ip')
      ? 'a server certificate needs a host name or an IP address as SAN'
      : null,
};
