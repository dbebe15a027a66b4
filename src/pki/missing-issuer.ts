import type { Certificate } from './certificate.ts';
import type { Name } from './name.ts';
import { canonicalName } from './name-der.ts';
import { OID } from './oids.ts';
import { mayIssue, type Path } from './path.ts';
import { nameInDetail, type PeerCause } from './peer-cause.ts';

/**
 * Why no path leads from the presented certificates to a trust anchor: `missing-intermediate` where
 * something says that a CA stands between `path`, the furthest that was found, and an anchor,
 * otherwise `unknown-issuer`. No certificate tells who issued its issuer, so this reads what hints
 * there are: the authority key identifier, the organization, the words of the names.
 */
export function explainMissingIssuer(path: Path, anchors: readonly Certificate[]): PeerCause {
  const top = path[path.length - 1];
  const issuer = nameInDetail(top.issuer);
  const namesake = anchors.find((anchor) => anchor.canonicalSubject === top.canonicalIssuer);
  if (namesake !== undefined) {
    const why = mayIssue(namesake, top)
      ? 'did not sign it'
      : 'has another key than the one it names';
    return unknown(top, `${issuer} is in the trust bundle, but ${why}`);
  }
  if (top.canonicalIssuer === top.canonicalSubject) {
    const what = path.length === 1 ? 'is self-signed' : 'is the root of the presented chain';
    return unknown(top, `${issuer} ${what} and is not in the trust bundle`);
  }
  const anchor = anchors.find((candidate) => seemsAbove(candidate, top));
  if (anchor !== undefined || namesIntermediate(top.issuer)) {
    const rest = anchor === undefined ? '' : `, whose root may be ${nameInDetail(anchor.subject)}`;
    return {
      code: 'missing-intermediate',
      detail: `the client did not send ${issuer}${rest}`,
      certificate: top,
    };
  }
  return unknown(top, `${issuer} is not in the trust bundle, and the client did not send it`);
}

function unknown(certificate: Certificate, detail: string): PeerCause {
  return { code: 'unknown-issuer', detail, certificate };
}

/** Whether `anchor` looks like the issuer of the issuer of `certificate`. */
function seemsAbove(anchor: Certificate, certificate: Certificate): boolean {
  const authority = certificate.extensions.authorityKeyIdentifier;
  for (const name of authority?.issuer ?? []) {
    if (name.kind === 'directory' && canonicalName(name.value) === anchor.canonicalSubject)
      return true;
  }
  const own = organizationOf(anchor.subject);
  if (own !== '') return own === organizationOf(certificate.issuer);
  const words = tellingWords(anchor.subject);
  return tellingWords(certificate.issuer).some((word) => words.includes(word));
}

/** What names share when they belong to one organization: organization and domain components. */
function organizationOf(name: Name): string {
  const shared = name.filter((rdn) =>
    rdn.some(({ type }) => type === OID.organization || type === OID.domainComponent),
  );
  return shared.length === 0 ? '' : canonicalName(shared);
}

const GENERIC_WORD =
  /^(?:root|ca|certificate|certification|authority|issuing|issuer|intermediate|subordinate|sub|subca|trust|tls|ssl|client|server|test|my|the|of|for|and|g?\d+|v\d+|r\d+|[a-z])$/;

function tellingWords(name: Name): string[] {
  return commonNames(name)
    .flatMap((text) => text.toLowerCase().split(/[^\p{L}\p{N}]+/u))
    .filter((word) => word !== '' && !GENERIC_WORD.test(word));
}

/** Whether a CA calls itself an intermediate one. */
function namesIntermediate(name: Name): boolean {
  return commonNames(name).some((text) =>
    /\b(?:intermediate|issuing|subordinate|sub-?ca)\b/i.test(text),
  );
}

function commonNames(name: Name): string[] {
  const texts: string[] = [];
  for (const { type, value } of name.flat()) {
    if (type === OID.commonName) texts.push(value.slice(0, 200));
  }
  return texts;
}
