import type { ClientFacts } from './exchange.ts';
import type { IdentityHeaderOptions } from './options.ts';

interface Cached {
  readonly options: IdentityHeaderOptions;
  /** All but X-Forwarded-Host. */
  readonly own: string;
  /** Of the request before; null: there was none. */
  authority: string | null;
  text: string;
}

const cache = new WeakMap<ClientFacts, Cached>();

/**
 * The fields that tell an upstream who the client is, as wire text; made once for a connection, its options and
 * the authority it asks for. X-Client-Verify is always there. X-Client-User, X-Client-DN and the certificate in any
 * form are there only for a verified client: an upstream that reads them alone is not deceived.
 * Client-Cert and Client-Cert-Chain are RFC 9440's, X-Forwarded-Client-Cert is Envoy's.
 */
export function identityFields(
  client: ClientFacts,
  options: IdentityHeaderOptions,
  authority: string,
): string {
  let cached = cache.get(client);
  if (cached === undefined || cached.options !== options) {
    cached = { options, own: print(client, options), authority: null, text: '' };
    cache.set(client, cached);
  }
  if (cached.authority !== authority) {
    cached.authority = authority;
    cached.text = flat(`${cached.own}X-Forwarded-Host: ${authority}\r\n`);
  }
  return cached.text;
}

/** The same text in one piece: what was put together of several is put together again by each request. */
function flat(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}

/**
 * Text that is safe in a field value: every byte of its UTF-8 that is not printable ASCII becomes
 * `\XX`, as RFC 4514 escapes it. Text that is escaped already stays as it is.
 */
export function fieldText(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  let escaped = '';
  for (const byte of Buffer.from(text)) {
    if (byte >= 0x20 && byte < 0x7f) escaped += String.fromCharCode(byte);
    else escaped += `\\${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return escaped;
}

function print(client: ClientFacts, options: IdentityHeaderOptions): string {
  const isVerified = client.verification === 'SUCCESS';
  let text = '';
  if (isVerified && client.user !== null) text += field('X-Client-User', client.user);
  if (isVerified && client.subject !== '') text += field('X-Client-DN', client.subject);
  text += field('X-Client-Verify', client.verification);
  text += field('X-Forwarded-For', client.remoteAddress);
  text += field('X-Forwarded-Proto', client.tlsVersion === '' ? 'http' : 'https');
  if (!isVerified || client.chain.length === 0) return text;
  const certificates = client.chain.map((der) => `:${der.toString('base64')}:`);
  if (options.clientCert) text += field('Client-Cert', certificates[0]);
  if (options.clientCertChain && certificates.length > 1) {
    text += field('Client-Cert-Chain', certificates.slice(1).join(', '));
  }
  if (options.xfcc) text += field('X-Forwarded-Client-Cert', forwardedClientCert(client));
  return text;
}

/** Hash, Subject, then each URI and DNS name. The subject is RFC 4514 text: its quotes are escaped already. */
function forwardedClientCert(client: ClientFacts): string {
  const parts = [`Hash=${client.fingerprint}`, `Subject="${client.subject}"`];
  for (const kind of ['URI', 'DNS']) {
    for (const san of client.sans) {
      if (san.startsWith(`${kind}:`)) parts.push(`${kind}=${bare(san.slice(kind.length + 1))}`);
    }
  }
  return parts.join(';');
}

/** A name that could be read as more than a value is quoted. */
function bare(text: string): string {
  return /[",;=\\\s]/.test(text) ? quoted(text) : text;
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

function field(name: string, value: string): string {
  return `${name}: ${fieldText(value)}\r\n`;
}
