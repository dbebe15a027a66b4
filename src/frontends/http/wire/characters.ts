// Which bytes may stand where in an HTTP/1.1 head (RFC 9110 section 5.6.2, RFC 9112 sections 3 and 5).

export const CR = 0x0d;
export const LF = 0x0a;
export const SPACE = 0x20;
export const TAB = 0x09;

/** A character of a token: method, field name, transfer coding. */
export const TOKEN = 1;
/** A byte of a field value: visible, space, tab and the bytes above 0x7f. */
export const VALUE = 2;
/** A byte of a request-target: visible ASCII without `#`, which never goes on the wire. */
export const TARGET = 4;
/** A letter or digit. */
export const ALPHANUMERIC = 8;
/**
 * A character of a method: upper-case letters, `-` and `_`, as every registered method has them. Some
 * servers take lower case for upper case, and none agree on the rest of what a token may hold.
 */
export const METHOD = 16;

/** The classes of each byte, as bits. */
export const CLASSES: Uint8Array = makeClasses();

/** Whether the text is a token: at least one character, and each of them a token's. */
export function isToken(text: string): boolean {
  return consistsOf(text, TOKEN);
}

/** Whether the text is a method as servers agree on them. */
export function isMethod(text: string): boolean {
  return consistsOf(text, METHOD);
}

/** The text without spaces and tabs around it (optional whitespace, RFC 9110 section 5.6.3). */
export function trimOws(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isOws(text.charCodeAt(start))) start += 1;
  while (end > start && isOws(text.charCodeAt(end - 1))) end -= 1;
  return start === 0 && end === text.length ? text : text.slice(start, end);
}

function consistsOf(text: string, kind: number): boolean {
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code > 0xff || (CLASSES[code] & kind) === 0) return false;
  }
  return text.length > 0;
}

function isOws(code: number): boolean {
  return code === SPACE || code === TAB;
}

function makeClasses(): Uint8Array {
  const classes = new Uint8Array(256);
  for (let code = 0; code < 256; code += 1) {
    const character = String.fromCharCode(code);
    if (/[!#$%&'*+.^_`|~0-9A-Za-z-]/.test(character)) classes[code] |= TOKEN;
    if (/[A-Z_-]/.test(character)) classes[code] |= METHOD;
    if (code === TAB || (code >= 0x20 && code !== 0x7f)) classes[code] |= VALUE;
    if (code > 0x20 && code < 0x7f && character !== '#') classes[code] |= TARGET;
    if (/[0-9A-Za-z]/.test(character)) classes[code] |= ALPHANUMERIC;
  }
  return classes;
}
