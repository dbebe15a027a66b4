import { OID } from '../../pki/oids.ts';
import type { LintRule } from './lint-rule.ts';

export const countryCode: LintRule = {
  name: 'country-code',
  citation: 'RFC 5280 appendix A.1 (X520countryName); ISO 3166-1 alpha-2',
  check({ subject }) {
    const country = subject.flat().find(({ type }) => type === OID.country);
    return country === undefined || /^[A-Z]{2}$/.test(country.value)
      ? null
      : 'C in the subject is not a country code of two capital letters';
  },
};
