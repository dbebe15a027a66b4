// Revocation lists as nobody should issue them: every field can be chosen, and nothing is checked.
import { sign } from 'node:crypto';
import { der } from '../../src/pki/der-writer.ts';
import { OID } from '../../src/pki/oids.ts';
import { extension, type Forged, type KeyPair } from './forged-certificate.ts';

export interface ForgedEntry {
  readonly serial: bigint;
  readonly revokedAt?: number;
  /** Extensions, whole. */
  readonly extensions?: readonly Buffer[];
}

export interface ForgeListOptions {
  /** Whose name it has, and who signs unless `keys` say otherwise: P-256. */
  readonly issuer: Forged;
  readonly keys?: KeyPair;
  readonly entries?: readonly ForgedEntry[];
  readonly thisUpdate?: number;
  /** null: none. */
  readonly nextUpdate?: number | null;
  /** Extensions, whole; null: version 1, which has none. */
  readonly extensions?: readonly Buffer[] | null;
  readonly digest?: 'sha1' | 'sha256';
}

/** DER of a list that is current through 2026 and 2027 unless told otherwise. */
export function forgeList(options: ForgeListOptions): Buffer {
  const { issuer, entries = [], extensions = [listExtension.number(7)] } = options;
  const { keys = issuer.keys, nextUpdate, digest = 'sha256' } = options;
  const algorithm = der.sequence(
    der.oid(digest === 'sha1' ? OID.ecdsaWithSha1 : OID.ecdsaWithSha256),
  );
  const tbs = der.sequence(
    ...(extensions === null ? [] : [der.integer(1)]),
    algorithm,
    issuer.subject,
    der.time(options.thisUpdate ?? Date.UTC(2026, 0, 1)),
    ...(nextUpdate === null ? [] : [der.time(nextUpdate ?? Date.UTC(2027, 11, 31))]),
    ...(entries.length === 0 ? [] : [der.sequence(...entries.map(encodeEntry))]),
    ...(extensions === null || extensions.length === 0
      ? []
      : [der.explicit(0, der.sequence(...extensions))]),
  );
  return der.sequence(tbs, algorithm, der.bitString(sign(digest, tbs, keys.privateKey)));
}

/** Extensions of lists and entries, whole. */
export const listExtension = {
  number: (value: number, critical = false): Buffer =>
    extension.raw(OID.crlNumber, der.integer(value), critical),

  delta: (base: number): Buffer => extension.raw(OID.deltaCrlIndicator, der.integer(base), true),

  /** Fields of an IssuingDistributionPoint, in order. */
  distributionPoint: (...fields: readonly Buffer[]): Buffer =>
    extension.raw(OID.issuingDistributionPoint, der.sequence(...fields), true),

  /** A field of it that is true. */
  flag: (n: number): Buffer => der.implicit(n, Buffer.from([0xff])),

  /** Its first field: where lists like this are. */
  point: (uri: string): Buffer =>
    der.explicit(0, der.explicit(0, der.implicit(6, Buffer.from(uri)))),

  reason: (code: number, critical = false): Buffer =>
    extension.raw(OID.reasonCode, der.enumerated(code), critical),

  certificateIssuer: (issuer: Forged): Buffer =>
    extension.raw(OID.certificateIssuer, der.sequence(der.explicit(4, issuer.subject)), true),
};

function encodeEntry({ serial, revokedAt, extensions = [] }: ForgedEntry): Buffer {
  return der.sequence(
    der.integer(serial),
    der.time(revokedAt ?? Date.UTC(2026, 2, 4, 5, 6, 7)),
    ...(extensions.length === 0 ? [] : [der.sequence(...extensions)]),
  );
}
