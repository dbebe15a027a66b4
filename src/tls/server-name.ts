/**
 * The host name of a server_name extension (RFC 6066, section 3), lower-cased and without a trailing
 * dot, or null where it is not a name: empty, longer than 253 bytes, with an empty label, a label
 * over 63 bytes, or a byte other than letters, digits, hyphen and underscore. An IPv4 address has the
 * form of a name and passes.
 */
export function normalizeServerName(bytes: Buffer): string | null {
  let end = bytes.length;
  if (end > 0 && bytes[end - 1] === DOT) end -= 1;
  if (end === 0 || end > 253) return null;
  let label = 0;
  let upper = false;
  for (let at = 0; at < end; at += 1) {
    const byte = bytes[at];
    if (byte === DOT) {
      if (label === 0) return null;
      label = 0;
      continue;
    }
    const isUpper = byte >= 0x41 && byte <= 0x5a;
    if (!isUpper && !isLowerDigitHyphenUnderscore(byte)) return null;
    if (isUpper) upper = true;
    label += 1;
    if (label > 63) return null;
  }
  if (label === 0) return null;
  const name = bytes.toString('latin1', 0, end);
  return upper ? name.toLowerCase() : name;
}

const DOT = 0x2e;

function isLowerDigitHyphenUnderscore(byte: number): boolean {
  return (
    (byte >= 0x61 && byte <= 0x7a) ||
    (byte >= 0x30 && byte <= 0x39) ||
    byte === 0x2d ||
    byte === 0x5f
  );
}
