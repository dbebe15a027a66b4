import type { LintRule } from './lint-rule.ts';

/** Below this a serial number could be foreseen, and with it what is signed. */
const LEAST_BITS = 64;

export const serialNumber: LintRule = {
  name: 'serial-number',
  citation: 'RFC 5280 section 4.1.2.2; CA/Browser Forum Baseline Requirements section 7.1',
  check({ serialNumber: bytes }) {
    if (bytes.length > 20 || (bytes.length === 20 && bytes[0] > 0x7f)) {
      return 'the serial number has more than 20 bytes';
    }
    if (bytes.length * 8 < LEAST_BITS) return `the serial number has less than ${LEAST_BITS} bits`;
    return bytes.every((byte) => byte === 0) ? 'the serial number is zero' : null;
  },
};
