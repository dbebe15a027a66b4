import { attributeShortName, OID } from '../../pki/oids.ts';
import type { LintRule } from './lint-rule.ts';

/** Most characters of an attribute's value. */
const UPPER_BOUNDS: ReadonlyMap<string, number> = new Map([
  [OID.commonName, 64],
  [OID.organization, 64],
  [OID.organizationalUnit, 64],
  [OID.locality, 128],
  [OID.state, 128],
  [OID.serialNumber, 64],
  [OID.emailAddress, 255],
]);

export const attributeLength: LintRule = {
  name: 'attribute-length',
  citation: 'RFC 5280 appendix A.1, upper bounds',
  check({ subject }) {
    for (const { type, value } of subject.flat()) {
      const longest = UPPER_BOUNDS.get(type);
      if (longest === undefined || Array.from(value).length <= longest) continue;
      return `${attributeShortName(type) ?? type} in the subject has more than ${longest} characters`;
    }
    return null;
  },
};
