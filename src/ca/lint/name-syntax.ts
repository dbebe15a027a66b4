import type { GeneralName } from '../../pki/general-name.ts';
import { InvalidNameError } from '../invalid-name.ts';
import { dnsName, emailAddress, uriName } from '../requested-names.ts';
import type { LintRule } from './lint-rule.ts';

export const nameSyntax: LintRule = {
  name: 'name-syntax',
  citation: 'RFC 5280 section 4.2.1.6; RFC 9525 section 6.3',
  check({ subjectAltNames }) {
    for (const name of subjectAltNames) {
      const problem = problemOf(name);
      if (problem !== null) return problem;
    }
    return null;
  },
};

function problemOf(name: GeneralName): string | null {
  try {
    if (name.kind === 'dns') dnsName(name.value);
    if (name.kind === 'email') emailAddress(name.value);
    if (name.kind === 'uri') uriName(name.value);
    return null;
  } catch (error) {
    if (error instanceof InvalidNameError) return error.message;
    throw error;
  }
}
