import { certificateError } from './certificate-error.ts';
import { DER_TAG, DerError, type DerReader, integerHex } from './der.ts';
import { readAuthorityKeyIdentifier } from './extensions.ts';
import { readGeneralNames } from './general-name.ts';
import { OID } from './oids.ts';

/** Which certificates of its issuer a list is about. */
interface ListScope {
  readonly only: 'authorities' | 'others' | null;
  /** URIs of the distribution point that those certificates name; null: all certificates. */
  readonly points: readonly string[] | null;
}

/** What the extensions of a list say (RFC 5280 section 5.2). */
export interface ListExtensions {
  /** Lower-case hex. */
  readonly number: string | null;
  readonly authorityKeyIdentifier: Buffer | null;
  readonly scope: ListScope;
  /** Why such a list isn't used, as the end of a sentence about it; null: it can be used. */
  readonly obstacle: string | null;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Reads the extensions of a list; null: there are none. Throws DerError and CertificateError. */
export function readListExtensions(list: DerReader | null): ListExtensions {
  const found: Writable<ListExtensions> = {
    number: null,
    authorityKeyIdentifier: null,
    scope: { only: null, points: null },
    obstacle: null,
  };
  const seen = new Set<string>();
  while (list !== null && !list.atEnd) {
    const start = list.position;
    const parts = list.sequence();
    const type = parts.oid();
    const critical = parts.nextTag === DER_TAG.boolean && parts.boolean();
    const value = parts.octetStringReader();
    parts.finish();
    if (seen.has(type)) throw new DerError('trailing-data', start, `extension ${type} twice`);
    seen.add(type);
    try {
      readExtension(type, critical, value, found);
    } catch (error) {
      throw certificateError(error, 'bad-extension', `extension ${type}`);
    }
  }
  return found;
}

function readExtension(
  type: string,
  critical: boolean,
  value: DerReader,
  found: Writable<ListExtensions>,
): void {
  switch (type) {
    case OID.crlNumber:
      found.number = integerHex(value.integer());
      value.finish();
      // RFC 5280 section 5.2.3 lets nobody make it critical.
      if (critical) found.obstacle ??= 'a list whose number is a critical extension';
      return;
    case OID.authorityKeyIdentifier:
      found.authorityKeyIdentifier = readAuthorityKeyIdentifier(value.sequence()).keyIdentifier;
      value.finish();
      return;
    case OID.deltaCrlIndicator:
      found.obstacle =
        'a delta list, which says only what changed since another; give the complete list';
      return;
    case OID.issuingDistributionPoint:
      readDistributionPoint(value.sequence(), found);
      value.finish();
      return;
    default:
      if (critical) {
        found.obstacle ??= `a list with the critical extension ${type}, which is not known here`;
      }
  }
}

/** IssuingDistributionPoint of RFC 5280 section 5.2.5: what the list leaves out. */
function readDistributionPoint(parts: DerReader, found: Writable<ListExtensions>): void {
  const point = parts.optionalConstructed(0);
  const names = point?.optionalConstructed(0) ?? null;
  const uris =
    names === null
      ? null
      : readGeneralNames(names).flatMap((name) => (name.kind === 'uri' ? [name.value] : []));
  if (point !== null && names === null) {
    point.skip();
    found.obstacle ??= 'a list for a distribution point that has a relative name';
  }
  point?.finish();
  const others = readFlag(parts, 1);
  const authorities = readFlag(parts, 2);
  if (parts.optionalPrimitive(3) !== null) {
    found.obstacle ??= 'a list of some revocation reasons only; give the complete list';
  }
  if (readFlag(parts, 4)) {
    found.obstacle ??=
      'an indirect list, with certificates of other CAs in it; give each CA its own list';
  }
  if (readFlag(parts, 5) || (others && authorities)) {
    found.obstacle ??= 'a list of attribute certificates';
  }
  parts.finish();
  found.scope = {
    only: authorities ? 'authorities' : others ? 'others' : null,
    points: uris,
  };
}

/** `[n] BOOLEAN DEFAULT FALSE`. */
function readFlag(parts: DerReader, n: number): boolean {
  const start = parts.position;
  const content = parts.optionalPrimitive(n);
  if (content === null) return false;
  if (content.length !== 1 || content[0] !== 0xff) throw new DerError('bad-boolean', start);
  return true;
}
