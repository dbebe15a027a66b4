/** What a client speaks that sent something other than TLS. */
export type OtherProtocol =
  | 'http'
  | 'ssh'
  | 'proxy'
  | 'nats'
  | 'mqtt'
  | 'postgresql'
  | 'rdp'
  | 'socks'
  | 'smtp'
  | 'sslv2'
  | 'unknown';

/**
 * Tells what the first bytes of a connection that isn't TLS are; null while they could still become
 * more than one of them. Decides within 24 bytes.
 */
export function classifyFirstBytes(bytes: Buffer): OtherProtocol | null {
  const binary = classifyBinary(bytes);
  if (binary !== undefined) return binary;
  for (const [prefix, protocol] of PREFIXES) {
    const match = matchPrefix(bytes, prefix);
    if (match === 'yes') return protocol;
    if (match === 'open') return null;
  }
  return classifyMethod(bytes);
}

const PREFIXES: readonly (readonly [Buffer, OtherProtocol])[] = [
  [Buffer.from('SSH-'), 'ssh'],
  [Buffer.from('PROXY '), 'proxy'],
  [Buffer.from([0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]), 'proxy'],
  [Buffer.from('CONNECT {'), 'nats'],
  [Buffer.from('EHLO '), 'smtp'],
  [Buffer.from('HELO '), 'smtp'],
  [Buffer.from([0x00, 0x00, 0x00, 0x08, 0x04, 0xd2, 0x16, 0x2f]), 'postgresql'],
  [Buffer.from([0x03, 0x00, 0x00]), 'rdp'],
];

/** Undefined: the first byte opens none of the binary protocols that are told by their structure. */
function classifyBinary(bytes: Buffer): OtherProtocol | null | undefined {
  const first = bytes[0];
  if (first === undefined) return null;
  if (first === 0x04 || first === 0x05) return 'socks';
  if (first === 0x10) {
    if (bytes.length < 12) return null;
    const at = bytes.subarray(0, 12).indexOf('MQ');
    return at >= 4 && at <= 7 ? 'mqtt' : 'unknown';
  }
  if (first >= 0x80) {
    if (bytes.length < 5) return null;
    return bytes[2] === 0x01 && (bytes[3] === 0x03 || bytes[3] === 0x00) ? 'sslv2' : 'unknown';
  }
  return undefined;
}

function matchPrefix(bytes: Buffer, prefix: Buffer): 'yes' | 'no' | 'open' {
  const length = Math.min(bytes.length, prefix.length);
  if (bytes.compare(prefix, 0, length, 0, length) !== 0) return 'no';
  return length === prefix.length ? 'yes' : 'open';
}

/** An HTTP request line opens with a method, one space and what no other protocol writes there. */
function classifyMethod(bytes: Buffer): OtherProtocol | null {
  let at = 0;
  while (at < bytes.length && isMethodByte(bytes[at])) at += 1;
  if (at > 20) return 'unknown';
  if (at === bytes.length) return null;
  if (at < 3 || bytes[at] !== 0x20) return 'unknown';
  if (at + 1 === bytes.length) return null;
  const target = bytes[at + 1];
  const method = bytes.toString('latin1', 0, at);
  if (target === 0x2f || target === 0x2a) return 'http';
  if (method === 'CONNECT') return 'http';
  return METHODS.has(method) && target > 0x20 && target < 0x7f ? 'http' : 'unknown';
}

const METHODS: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
]);

function isMethodByte(byte: number): boolean {
  return (byte >= 0x41 && byte <= 0x5a) || byte === 0x2d;
}
