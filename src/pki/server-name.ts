import type { Certificate } from './certificate.ts';
import { ipAddressName } from './general-name-writer.ts';

/**
 * Whether a certificate is for a server of this name (RFC 9525 section 6): a host name, in any case and
 * with or without a dot at its end, is compared with the SAN dNSNames, an IP address with the SAN
 * iPAddresses; the subject's CN doesn't count. A wildcard is the whole first label, stands for one
 * label, and has two labels at least behind it. A text that is neither fits no certificate.
 */
export function matchesServerName(certificate: Certificate, serverName: string): boolean {
  const address = ipAddressName(serverName);
  if (address?.kind === 'ip') {
    return certificate.subjectAltNames.some(
      (name) => name.kind === 'ip' && name.bytes.equals(address.bytes),
    );
  }
  const host = hostName(serverName);
  if (host === null || host.includes('*')) return false;
  return certificate.subjectAltNames.some(
    (name) => name.kind === 'dns' && isNamedBy(host, name.value),
  );
}

function isNamedBy(host: string, pattern: string): boolean {
  const named = hostName(pattern);
  if (named === null) return false;
  if (!named.startsWith('*.')) return host === named;
  const base = named.slice(1);
  const dot = host.indexOf('.');
  return dot > 0 && host.slice(dot) === base && base.indexOf('.', 1) > 0;
}

/** A host name to compare: in lower case, without a dot at its end; null: it isn't one. */
function hostName(text: string): string | null {
  const name = text.toLowerCase().replace(/\.$/, '');
  return name.length <= 253 && /^(?:[a-z0-9_*-]{1,63}\.)*[a-z0-9_*-]{1,63}$/.test(name)
    ? name
    : null;
}
