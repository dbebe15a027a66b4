// ClientHellos made by hand, to be as wrong as a test wants them.

export interface HelloParts {
  readonly legacyVersion?: number;
  readonly sessionId?: Uint8Array;
  readonly cipherSuites?: readonly number[];
  readonly compression?: Uint8Array;
  /** In this order; absent: no extensions block at all. */
  readonly extensions?: readonly (readonly [type: number, data: Uint8Array])[];
}

/** The handshake message, header included. */
export function helloMessage(parts: HelloParts = {}): Buffer {
  const suites = parts.cipherSuites ?? [0x1301, 0xc02b];
  const body = Buffer.concat([
    u16(parts.legacyVersion ?? 0x0303),
    Buffer.alloc(32, 7),
    vector8(parts.sessionId ?? Buffer.alloc(0)),
    vector16(Buffer.concat(suites.map(u16))),
    vector8(parts.compression ?? Buffer.from([0])),
    parts.extensions === undefined
      ? Buffer.alloc(0)
      : vector16(
          Buffer.concat(
            parts.extensions.map(([type, data]) => Buffer.concat([u16(type), vector16(data)])),
          ),
        ),
  ]);
  return Buffer.concat([Buffer.from([1]), u24(body.length), body]);
}

/** The message in handshake records of at most `size` bytes each. */
export function handshakeRecords(message: Uint8Array, size = 16_384): Buffer {
  const records: Buffer[] = [];
  for (let at = 0; at < message.length; at += size) {
    const fragment = message.subarray(at, at + size);
    records.push(Buffer.concat([Buffer.from([22, 3, 1]), u16(fragment.length), fragment]));
  }
  return Buffer.concat(records);
}

/** A server_name extension of one host name. */
export function sni(name: string | Uint8Array): readonly [number, Buffer] {
  const bytes = typeof name === 'string' ? Buffer.from(name, 'latin1') : name;
  return [0, vector16(Buffer.concat([Buffer.from([0]), vector16(bytes)]))];
}

export function alpn(...names: readonly string[]): readonly [number, Buffer] {
  return [16, vector16(Buffer.concat(names.map((name) => vector8(Buffer.from(name, 'latin1')))))];
}

export function supportedVersions(...versions: readonly number[]): readonly [number, Buffer] {
  return [43, vector8(Buffer.concat(versions.map(u16)))];
}

export function supportedGroups(...groups: readonly number[]): readonly [number, Buffer] {
  return [10, vector16(Buffer.concat(groups.map(u16)))];
}

/** With one binder of 32 bytes for each identity. */
export function preSharedKey(...identities: readonly Uint8Array[]): readonly [number, Buffer] {
  const offered = identities.map((identity) =>
    Buffer.concat([vector16(identity), Buffer.from([0, 0, 0, 9])]),
  );
  const binders = identities.map(() => vector8(Buffer.alloc(32, 5)));
  return [41, Buffer.concat([vector16(Buffer.concat(offered)), vector16(Buffer.concat(binders))])];
}

function u16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff]);
}

function u24(value: number): Buffer {
  return Buffer.from([value >> 16, (value >> 8) & 0xff, value & 0xff]);
}

function vector8(bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
}

function vector16(bytes: Uint8Array): Buffer {
  return Buffer.concat([u16(bytes.length), bytes]);
}
