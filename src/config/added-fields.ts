import type { AddedField, ClientFact } from '../frontends/http/options.ts';
import { nearest } from './nearest.ts';
import type { ConfigPath } from './problem.ts';
import type { ResolveContext } from './resolve-context.ts';

/** What `$client_...` stands for in `headers`. */
const FACTS: ReadonlyMap<string, ClientFact> = new Map([
  ['$client_user', 'user'],
  ['$client_dn', 'dn'],
  ['$client_issuer', 'issuer'],
  ['$client_serial', 'serial'],
  ['$client_fingerprint', 'fingerprint'],
  ['$client_fingerprint_sha1', 'fingerprint_sha1'],
  ['$client_cert', 'cert'],
  ['$client_verify', 'verify'],
  ['$client_address', 'address'],
]);

/** Fields that belong to a connection or to the framing, and those that are always sent. */
const OWN_NAMES = new Set(
  (
    'host connection content-length transfer-encoding upgrade expect te keep-alive proxy ' +
    'proxy-connection proxy-authorization proxy-authenticate http2-settings trailer forwarded ' +
    'client-cert client-cert-chain x-client-user x-client-dn x-client-verify ' +
    'x-forwarded-client-cert x-forwarded-for x-forwarded-proto x-forwarded-host'
  ).split(' '),
);

/** Reads `headers`; those that can't be used are left out and reported. */
export function resolveAddedFields(
  headers: Readonly<Record<string, string>>,
  at: ConfigPath,
  { report }: Pick<ResolveContext, 'report'>,
): AddedField[] {
  const names = new Set<string>();
  const fields: AddedField[] = [];
  for (const [name, text] of Object.entries(headers)) {
    const wrong = wrongField(name, text, names);
    if (wrong !== null) report.error([...at, name], wrong);
    fields.push({ name, value: FACTS.get(text) ?? { text } });
  }
  return fields;
}

function wrongField(name: string, text: string, names: Set<string>): string | null {
  const folded = name.toLowerCase().replaceAll(/[^0-9a-z]/g, '-');
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/.test(name)) return 'is not the name of a field';
  if (OWN_NAMES.has(folded)) return 'is set by countersign itself';
  if (names.has(folded)) return 'stands twice: programs take all punctuation of a name alike';
  names.add(folded);
  if (!/^[\x20-\x7e]*$/.test(text)) return 'a field value has ASCII characters only';
  if (text !== text.trim()) return 'a field value has no spaces around it';
  if (!text.startsWith('$') || FACTS.has(text)) return null;
  const near = nearest(text, FACTS.keys());
  const hint =
    near === null ? `known are ${[...FACTS.keys()].join(', ')}` : `did you mean ${near}?`;
  return `${JSON.stringify(text.slice(0, 100))} stands for nothing; ${hint}`;
}
