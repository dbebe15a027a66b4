import { hash } from 'node:crypto';
import type { ClientFacts } from './exchange.ts';
import { fieldText } from './identity-fields.ts';
import type { AddedField, ClientFact } from './options.ts';
import { fieldLines } from './wire/field-lines.ts';

/**
 * Fields of a route's own that tell an upstream of the client, made once a connection. What the client
 * itself sent under their names is removed, in every spelling that programs take for the same name.
 */
export class AddedFields {
  readonly #fields: readonly AddedField[];
  readonly #names: ReadonlySet<string>;
  readonly #texts = new WeakMap<ClientFacts, string>();

  constructor(fields: readonly AddedField[]) {
    this.#fields = fields;
    this.#names = new Set(fields.map(({ name }) => foldName(name)));
  }

  /** The fields as wire text. One whose value is empty is not sent. */
  textFor(client: ClientFacts): string {
    let text = this.#texts.get(client);
    if (text === undefined) {
      text = '';
      for (const { name, value } of this.#fields) {
        const shown = typeof value === 'string' ? factOf(client, value) : value.text;
        if (shown !== '') text += `${name}: ${shown}\r\n`;
      }
      this.#texts.set(client, text);
    }
    return text;
  }

  /** Wire text of fields or trailers without those that a client sent under these names. */
  scrub(text: string): string {
    if (text === '') return text;
    let kept = '';
    for (const { name, value } of fieldLines(text)) {
      if (!this.#names.has(foldName(name))) kept += `${name}: ${value}\r\n`;
    }
    return kept;
  }
}

/** CGI, WSGI and PHP read all punctuation alike. */
function foldName(name: string): string {
  return name.toLowerCase().replaceAll(/[^0-9a-z]/g, '-');
}

function factOf(client: ClientFacts, fact: ClientFact): string {
  if (fact === 'verify') return fieldText(client.verification);
  if (fact === 'address') return client.remoteAddress;
  // An upstream that reads one of these alone is not deceived by a certificate that nobody vouches for.
  if (client.verification !== 'SUCCESS') return '';
  const [leaf] = client.chain;
  switch (fact) {
    case 'user':
      return fieldText(client.user ?? '');
    case 'dn':
      return fieldText(client.subject);
    case 'issuer':
      return fieldText(client.issuer);
    case 'serial':
      return client.serialNumber.toUpperCase();
    case 'fingerprint':
      return client.fingerprint;
    case 'fingerprint_sha1':
      return leaf === undefined ? '' : hash('sha1', leaf, 'hex');
    case 'cert':
      return leaf === undefined ? '' : encodeURIComponent(pemOf(leaf));
  }
}

function pemOf(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
