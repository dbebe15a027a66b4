/**
 * Bytes in double quotes as Go prints them (`%q`), which is how nats-server shows subjects in its
 * errors: printable characters as they are, everything else escaped.
 */
export function goQuote(bytes: Buffer): string {
  let quoted = '"';
  for (let at = 0; at < bytes.length; ) {
    const length = characterLength(bytes, at);
    if (length === 0) {
      quoted += `\\x${hex(bytes[at] ?? 0, 2)}`;
      at += 1;
      continue;
    }
    quoted += escapeCharacter(bytes.toString('utf8', at, at + length));
    at += length;
  }
  return `${quoted}"`;
}

function escapeCharacter(character: string): string {
  const named = NAMED[character];
  if (named !== undefined) return named;
  if (character === ' ' || /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u.test(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x80) return `\\x${hex(code, 2)}`;
  return code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`;
}

const NAMED: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};

/** Bytes of the UTF-8 character at `at`; 0: there is none. */
function characterLength(bytes: Buffer, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return 1;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  const character = bytes.toString('utf8', at, at + length);
  // What is no character decodes to U+FFFD, which itself is written EF BF BD.
  const whole = character.codePointAt(0) ?? 0;
  if (String.fromCodePoint(whole) !== character) return 0;
  return whole === 0xfffd && first !== 0xef
    ? 0
    : Buffer.byteLength(character) === length
      ? length
      : 0;
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}
