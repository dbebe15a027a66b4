// What each field name means to a gateway: which fields it reads, which it never lets through.

/**
 * `pass`: end-to-end. `hop`: belongs to one connection (RFC 9110 section 7.6.1) or to its framing.
 * `identity`: a statement about the client that only the gateway makes. The rest are read by the
 * gateway itself.
 */
export type FieldRole =
  | 'pass'
  | 'hop'
  | 'identity'
  | 'host'
  | 'connection'
  | 'content-length'
  | 'transfer-encoding'
  | 'upgrade'
  | 'expect'
  | 'traceparent'
  | 'tracestate';

const ROLES: ReadonlyMap<string, FieldRole> = new Map<string, FieldRole>([
  ['host', 'host'],
  ['connection', 'connection'],
  ['content-length', 'content-length'],
  ['transfer-encoding', 'transfer-encoding'],
  ['upgrade', 'upgrade'],
  ['expect', 'expect'],
  ['traceparent', 'traceparent'],
  ['tracestate', 'tracestate'],
  ['keep-alive', 'hop'],
  ['te', 'hop'],
  ['proxy', 'hop'], // CGI programs would read it as HTTP_PROXY
  ['proxy-connection', 'hop'],
  ['proxy-authorization', 'hop'],
  ['proxy-authenticate', 'hop'],
  ['http2-settings', 'hop'],
  ['forwarded', 'identity'],
  ['client-cert', 'identity'],
  ['client-cert-chain', 'identity'],
  ['x-real-ip', 'identity'],
]);

/** The names as they are mostly written: `content-length` and `Content-Length`. */
const USUAL_SPELLINGS: ReadonlyMap<string, FieldRole> = new Map(
  [...ROLES].flatMap(([name, role]) => [
    [name, role],
    [capitalize(name), role],
  ]),
);

function capitalize(name: string): string {
  return name.replace(/(?:^|-)[a-z]/g, (start) => start.toUpperCase());
}

const IDENTITY_PREFIXES = ['x-client-', 'x-forwarded-'];

/** Fields that trailers can't carry: framing, routing, authentication and content (RFC 9110 section 6.5.1). */
const NEVER_TRAILERS: ReadonlySet<string> = new Set([
  'authorization',
  'cache-control',
  'cookie',
  'max-forwards',
  'range',
  'set-cookie',
  'trailer',
  'www-authenticate',
]);

/**
 * For the first byte of a name, the lengths (as bits, the last for 31 and more) of the names in ROLES
 * that begin with it. Every name that begins with x may be one.
 */
const CANDIDATES: Uint32Array = makeCandidates();

/**
 * Whether `fieldRole` could answer anything but `pass`: a cheap question that most names answer
 * with no. Takes the name's first byte and its length.
 */
export function mayHaveRole(first: number, length: number): boolean {
  return ((CANDIDATES[first] >>> Math.min(length, 31)) & 1) === 1;
}

/**
 * The role of the name `bytes[start, end)` where it is spelt as nearly everybody does (`Content-Length`);
 * null: it is not, or has none. Without making text of it.
 */
export function usualRole(bytes: Uint8Array, start: number, end: number): FieldRole | null {
  const names = CAPITALIZED[end - start] ?? NO_NAMES;
  for (let index = 0; index < names.length; index++) {
    const { spelling, role } = names[index];
    let at = start;
    while (at < end && bytes[at] === spelling[at - start]) at++;
    if (at === end) return role;
  }
  return null;
}

interface SpeltName {
  readonly spelling: Uint8Array;
  readonly role: FieldRole;
}

const NO_NAMES: readonly SpeltName[] = [];

/** By length. */
const CAPITALIZED: readonly (readonly SpeltName[])[] = makeCapitalized();

function makeCapitalized(): SpeltName[][] {
  const byLength: SpeltName[][] = [];
  for (const [name, role] of ROLES) {
    const names = (byLength[name.length] ??= []);
    names.push({ spelling: Buffer.from(capitalize(name), 'latin1'), role });
  }
  return Array.from(byLength, (names) => names ?? []);
}

/**
 * The role of a field name in any letter case. A name that only becomes a known one when its
 * punctuation is read as `-`, as CGI, WSGI and PHP do (`X_Client_User`, `Content_Length`), has the
 * role `hop` or `identity`: it is removed, and never read.
 */
export function fieldRole(name: string): FieldRole {
  const usual = USUAL_SPELLINGS.get(name);
  if (usual !== undefined) return usual;
  const lower = name.toLowerCase();
  const folded = lower.replace(/[^0-9a-z]/g, '-');
  for (const prefix of IDENTITY_PREFIXES) if (folded.startsWith(prefix)) return 'identity';
  const role = ROLES.get(folded);
  if (role === undefined) return 'pass';
  return folded === lower || role === 'identity' ? role : 'hop';
}

/** Whether a field may stand in a trailer section that is passed on. */
export function mayTrail(name: string): boolean {
  const folded = name.toLowerCase().replace(/[^0-9a-z]/g, '-');
  return (
    fieldRole(name) === 'pass' && !NEVER_TRAILERS.has(folded) && !folded.startsWith('content-')
  );
}

function makeCandidates(): Uint32Array {
  const candidates = new Uint32Array(256);
  for (const name of ROLES.keys()) {
    const first = name.charCodeAt(0);
    candidates[first] |= 1 << name.length;
    candidates[first - 0x20] |= 1 << name.length;
  }
  candidates['x'.charCodeAt(0)] = 0xffffffff;
  candidates['X'.charCodeAt(0)] = 0xffffffff;
  return candidates;
}
