import type { Draft, DraftMapping } from '../draft.ts';
import type { Level } from './block.ts';

/** Variables of nginx that a header may be made from, and what they are called here. */
const VARIABLES: ReadonlyMap<string, string> = new Map([
  ['$ssl_client_verify', '$client_verify'],
  ['$ssl_client_s_dn', '$client_dn'],
  ['$ssl_client_i_dn', '$client_issuer'],
  ['$ssl_client_serial', '$client_serial'],
  ['$ssl_client_fingerprint', '$client_fingerprint_sha1'],
  ['$ssl_client_escaped_cert', '$client_cert'],
  ['$remote_addr', '$client_address'],
  ['$scheme', 'https'],
  ['$https', 'on'],
]);

/** What is sent anyway, or can't be changed: by name, the values that mean the same. */
const BUILT_IN: ReadonlyMap<string, readonly string[]> = new Map([
  ['host', ['$host', '$http_host', '$host:$server_port']],
  ['x-forwarded-for', ['$remote_addr', '$proxy_add_x_forwarded_for']],
  ['x-forwarded-proto', ['$scheme', 'https']],
  ['x-forwarded-host', ['$host', '$http_host']],
  ['x-client-dn', ['$ssl_client_s_dn']],
  ['x-client-verify', ['$ssl_client_verify']],
  ['upgrade', ['$http_upgrade']],
  ['connection', ['', 'upgrade', 'keep-alive', '$connection_upgrade', '$http_connection']],
]);

const HOP = new Set([
  'connection',
  'upgrade',
  'te',
  'keep-alive',
  'transfer-encoding',
  'content-length',
]);

/** Sets `headers` of a route from the `proxy_set_header` that hold for it. */
export function takeHeaders(level: Level, out: DraftMapping, draft: Draft): void {
  const headers: DraftMapping = {};
  for (const { name: directive, args, place } of level.find('proxy_set_header')) {
    const [nameWord, valueWord] = args;
    if (nameWord === undefined || valueWord === undefined || args.length > 2) {
      draft.error(place, `${directive} takes a name and a value`);
      continue;
    }
    const name = nameWord.text;
    const value = valueWord.text.replaceAll(/\$\{(\w+)\}/g, '$$$1');
    const lower = name.toLowerCase();
    if (BUILT_IN.get(lower)?.includes(value) === true) continue;
    if (lower === 'host') {
      draft.error(
        place,
        `${directive} Host: requests keep the Host that they came with; write $host`,
      );
    } else if (HOP.has(lower)) {
      draft.notice(place, directive, `${name} is made by countersign, as the connection needs it`);
    } else if (value.includes('$') && !VARIABLES.has(value)) {
      draft.error(
        place,
        `${directive} ${name}: the value can't be made here, and without it clients could send the field themselves; it may be a text or one of ${[...VARIABLES.keys()].join(' ')}`,
      );
    } else {
      draft.set(headers, name, VARIABLES.get(value) ?? value, place);
    }
  }
  if (Object.keys(headers).length > 0) {
    const [first] = level.find('proxy_set_header');
    if (first !== undefined) draft.set(out, 'headers', headers, first.place);
  }
}

/** Fields by which browsers protect a site's users. */
const PROTECTIVE =
  /^(?:strict-transport-security|content-security-policy|x-frame-options|x-content-type-options|x-xss-protection|referrer-policy|permissions-policy|cross-origin-[a-z-]+|access-control-allow-[a-z-]+|clear-site-data|set-cookie)$/i;

/** Says what becomes of each `add_header` that holds for a route, or refuses it. */
export function checkAddedFields(level: Level, draft: Draft): void {
  for (const { name: directive, args, place } of level.find('add_header')) {
    const name = args[0]?.text ?? '';
    if (PROTECTIVE.test(name)) {
      draft.error(
        place,
        `${directive} ${name}: answers are not added to, and browsers rely on this field; let the upstream send it, or take it out to go without`,
      );
    } else {
      draft.notice(
        place,
        directive,
        `${name} is not added: answers pass as the upstream or the file gives them`,
      );
    }
  }
}
