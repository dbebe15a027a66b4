import type { LintRule } from './lint-rule.ts';

export const holderName: LintRule = {
  name: 'holder-name',
  citation: 'RFC 5280 section 4.1.2.6',
  check: ({ subject, subjectAltNames }) =>
    subject.length === 0 && subjectAltNames.length === 0
      ? 'it names nobody: neither a subject nor a SAN'
      : null,
};
