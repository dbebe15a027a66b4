import { DER_TAG, type DerReader, readDer } from '../pki/der.ts';
import type { Name } from '../pki/name.ts';
import { readName } from '../pki/name-der.ts';
import { readSignatureAlgorithm } from '../pki/signature-algorithm.ts';

/** What a certificate revocation list says of itself; nothing of it is verified. */
export interface RevocationListFacts {
  readonly issuer: Name;
  /** Milliseconds since the epoch. */
  readonly thisUpdate: number;
  /** Null: the list names no next one. */
  readonly nextUpdate: number | null;
  /** How many certificates it revokes. */
  readonly count: number;
  readonly signatureAlgorithm: string;
}

/** Reads the head of a CRL (RFC 5280 section 5.1) and counts its entries. Throws DerError. */
export function readRevocationList(bytes: Buffer): RevocationListFacts {
  const outer = readDer(bytes, bytes.length);
  const list = outer.sequence();
  outer.finish();
  const tbs = list.sequence();
  if (tbs.nextTag === DER_TAG.integer) tbs.smallInteger();
  const { name: signatureAlgorithm } = readSignatureAlgorithm(tbs);
  const issuer = readName(tbs);
  const thisUpdate = tbs.time();
  const isTime = tbs.nextTag === DER_TAG.utcTime || tbs.nextTag === DER_TAG.generalizedTime;
  const nextUpdate = isTime ? tbs.time() : null;
  const count = tbs.nextTag === DER_TAG.sequence ? countElements(tbs.sequence()) : 0;
  return { issuer, thisUpdate, nextUpdate, count, signatureAlgorithm };
}

function countElements(entries: DerReader): number {
  let count = 0;
  for (; !entries.atEnd; count++) entries.skip();
  return count;
}
