import type { CertificateConfig } from './schema.ts';

/** Entries of `certificates` that need no look at the schema, and the configuration without them. */
export interface SplitCertificates {
  /** The document's value with the other entries alone. */
  readonly rest: unknown;
  /** `certificates` again, from what the schema made of the other entries. */
  readonly join: (others: readonly CertificateConfig[]) => CertificateConfig[];
}

/**
 * Takes out of `certificates` what thousands of entries are: files of certificate, key and trust bundle by
 * name, and `verify: true` or `false`. The schema takes such an entry as it stands, in twenty times the
 * time. null: there is none.
 */
export function splitPlainCertificates(value: unknown): SplitCertificates | null {
  if (typeof value !== 'object' || value === null || !('certificates' in value)) return null;
  const { certificates } = value;
  if (!Array.isArray(certificates)) return null;
  const plain = certificates.map(plainEntry);
  if (plain.every((entry) => entry === null)) return null;
  const others = certificates.filter((_, index) => plain[index] === null);
  return {
    rest: { ...value, certificates: others },
    join: (read) => {
      let next = 0;
      return plain.map((entry) => entry ?? read[next++]);
    },
  };
}

/** null: the schema has to say. */
function plainEntry(entry: unknown): CertificateConfig | null {
  if (typeof entry !== 'object' || entry === null) return null;
  const read: Record<string, string> = {};
  for (const key in entry) {
    const value: unknown = (entry as Record<string, unknown>)[key];
    switch (key) {
      case 'cert_file':
      case 'key_file':
      case 'ca_file':
        if (typeof value !== 'string' || !PLAIN_WORD.test(value)) return null;
        read[key] = value;
        break;
      case 'verify':
        if (typeof value !== 'boolean') return null;
        read[key] = value ? 'true' : 'false';
        break;
      default:
        return null;
    }
  }
  return read;
}

/** Printable ASCII. */
const PLAIN_WORD = /^[ -~]+$/;
