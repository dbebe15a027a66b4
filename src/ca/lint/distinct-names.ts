import { printGeneralName } from '../../pki/general-name.ts';
import type { LintRule } from './lint-rule.ts';

export const distinctNames: LintRule = {
  name: 'distinct-names',
  citation: 'X.509 (2019) section 9.3.2.1: a set of names',
  check({ subjectAltNames }) {
    const seen = new Set<string>();
    for (const name of subjectAltNames.map(printGeneralName)) {
      if (seen.has(name)) return `the SAN ${name} appears twice`;
      seen.add(name);
    }
    return null;
  },
};
