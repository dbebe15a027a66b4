import { type JsonObject, readObject } from './json-object.ts';

/** What an upstream's INFO says, as far as it matters here. */
export interface ServerInfo {
  /** Everything it said. */
  readonly fields: Readonly<JsonObject>;
  /** What an nkey has to sign; null: the upstream asks for no signature. */
  readonly nonce: string | null;
  readonly tlsRequired: boolean;
  readonly tlsAvailable: boolean;
  /** Bytes; null: it names none. */
  readonly maxPayload: number | null;
}

/** How this side of the gateway differs from the upstream's. */
export interface FrontInfo {
  /** Clients without a certificate don't get in. */
  readonly tlsVerify: boolean;
  /** Users are known by certificate or logged in here, so that what the upstream asks for is not the client's affair. */
  readonly authenticates: boolean;
  readonly clientAddress: string;
}

/** Reads the JSON of an INFO; null where it is none. */
export function readServerInfo(json: Uint8Array): ServerInfo | null {
  const fields = readObject(json);
  if (fields === null) return null;
  const { nonce, tls_required: required, tls_available: available, max_payload: max } = fields;
  return {
    fields,
    nonce: typeof nonce === 'string' && nonce !== '' ? nonce : null,
    tlsRequired: required === true,
    tlsAvailable: available === true,
    maxPayload: typeof max === 'number' && max > 0 ? max : null,
  };
}

/**
 * The INFO line for a client: TLS as it is on this side, none of the upstream's own addresses to
 * connect to, and the nonce and the call for credentials only where they are the client's to answer.
 * `isLameDuck`: the client had better look for another server.
 */
export function clientInfoLine(info: ServerInfo, front: FrontInfo, isLameDuck: boolean): Buffer {
  const fields: JsonObject = { ...info.fields, tls_required: true };
  for (const field of NOT_FOR_CLIENTS) delete fields[field];
  if (front.tlsVerify) fields['tls_verify'] = true;
  if (front.authenticates) {
    fields['auth_required'] = true;
    delete fields['nonce'];
  }
  if (fields['client_ip'] !== undefined) fields['client_ip'] = front.clientAddress;
  if (isLameDuck) fields['ldm'] = true;
  return Buffer.from(`INFO ${JSON.stringify(fields)}\r\n`);
}

const NOT_FOR_CLIENTS = ['connect_urls', 'ws_connect_urls', 'tls_available', 'tls_verify'] as const;

/** For clients that are refused before there is an upstream to speak for. */
export const MINIMAL_INFO: ServerInfo = {
  fields: {
    server_id: '',
    server_name: '',
    version: '2.9.0',
    proto: 1,
    headers: true,
    max_payload: 1_048_576,
    client_ip: '',
  },
  nonce: null,
  tlsRequired: false,
  tlsAvailable: false,
  maxPayload: 1_048_576,
};
