import { type JsonObject, readObject } from './json-object.ts';

/** What a client says of itself in CONNECT. */
export interface ClientConnect {
  /** As it came. */
  readonly json: Buffer;
  /** What may go upstream under another name: everything but who the client says it is. */
  readonly settings: Readonly<JsonObject>;
  readonly user: string | null;
  readonly password: string | null;
  /** Whether it said anything of who it is: a user, a token, a signature. */
  readonly hasCredentials: boolean;
  /** Whether it understands an INFO that comes later. */
  readonly takesInfo: boolean;
}

/** What the upstream is to know a client by. */
export interface ConnectCredentials {
  readonly user?: string;
  readonly pass?: string;
  readonly auth_token?: string;
  readonly nkey?: string;
  readonly sig?: string;
}

/** Reads the JSON of a CONNECT; null where it is none. */
export function readConnect(json: Buffer): ClientConnect | null {
  const fields = readObject(json);
  if (fields === null) return null;
  const settings: JsonObject = {};
  const credentials: JsonObject = {};
  for (const [name, value] of Object.entries(fields)) {
    const folded = foldName(name);
    if (SETTINGS.has(folded)) settings[folded] = value;
    else if (CREDENTIALS.has(folded)) credentials[folded] = value;
  }
  const { protocol } = settings;
  return {
    json,
    settings,
    user: textOf(credentials['user']),
    password: textOf(credentials['pass']),
    hasCredentials: Object.values(credentials).some((value) => textOf(value) !== null),
    takesInfo: typeof protocol === 'number' && protocol >= 1,
  };
}

/** The CONNECT line for the upstream, with nothing in it that the client said of who it is. */
export function upstreamConnectLine(
  { settings }: ClientConnect,
  credentials: ConnectCredentials,
): Buffer {
  return Buffer.from(`CONNECT ${JSON.stringify({ ...settings, ...credentials })}\r\n`);
}

/** The line of a client that answers for itself. */
export function sameConnectLine({ json }: ClientConnect): Buffer {
  return Buffer.concat([CONNECT, json, CR_LF]);
}

const CONNECT = Buffer.from('CONNECT ');
const CR_LF = Buffer.from('\r\n');

/** Every field of CONNECT that servers know and that says nothing of who the client is. */
const SETTINGS: ReadonlySet<string> = new Set([
  'verbose',
  'pedantic',
  'tls_required',
  'name',
  'lang',
  'version',
  'protocol',
  'echo',
  'headers',
  'no_responders',
]);

const CREDENTIALS: ReadonlySet<string> = new Set([
  'user',
  'pass',
  'auth_token',
  'jwt',
  'nkey',
  'sig',
]);

/**
 * A field's name as nats-server compares it: Go reads JSON names without regard to case, the long s
 * and the Kelvin sign included, so that `"U\u017fER"` is a user too.
 */
function foldName(name: string): string {
  return name.toUpperCase().toLowerCase();
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
