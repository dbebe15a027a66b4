/** Of the SSL_SESSION that OpenSSL writes: SEQUENCE, and in it `[3] peer Certificate`. */
const SEQUENCE = 0x30;
const PEER = 0xa3;

/**
 * OpenSSL's serialised session without the client's certificate, which OpenSSL would read anew whenever the session
 * is resumed, with its key. Only for clients whose certificate was good: without one OpenSSL says nothing against
 * them. Returns the bytes as they are where there is none, or where they are not what is expected.
 */
export function withoutPeer(session: Buffer): Buffer {
  const outer = elementAt(session, 0);
  if (outer === null || outer.tag !== SEQUENCE || outer.end !== session.length) return session;
  for (let at = outer.content; at < outer.end; ) {
    const element = elementAt(session, at);
    if (element === null) return session;
    if (element.tag === PEER) {
      const before = session.subarray(outer.content, at);
      const after = session.subarray(element.end);
      const length = before.length + after.length;
      return length > 0xffff ? session : Buffer.concat([sequenceHead(length), before, after]);
    }
    at = element.end;
  }
  return session;
}

interface Element {
  readonly tag: number;
  /** Where its content begins, and where it ends. */
  readonly content: number;
  readonly end: number;
}

function elementAt(bytes: Buffer, at: number): Element | null {
  if (at + 2 > bytes.length) return null;
  let content = at + 2;
  let length = bytes[at + 1];
  if (length >= 0x80) {
    const count = length & 0x7f;
    if (count === 0 || count > 3 || content + count > bytes.length) return null;
    length = bytes.readUIntBE(content, count);
    content += count;
  }
  const end = content + length;
  return end > bytes.length ? null : { tag: bytes[at], content, end };
}

function sequenceHead(length: number): Buffer {
  if (length < 0x80) return Buffer.from([SEQUENCE, length]);
  if (length < 0x100) return Buffer.from([SEQUENCE, 0x81, length]);
  return Buffer.from([SEQUENCE, 0x82, length >> 8, length & 0xff]);
}
