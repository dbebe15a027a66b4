import { isUtf8 } from 'node:buffer';

/** Whether the bytes are a text as MQTT wants it (5.0, section 1.5.4): well-formed UTF-8 without NUL. */
export function isText(bytes: Buffer): boolean {
  return isUtf8(bytes) && !bytes.includes(0);
}

/** The same where the bytes stand between offsets. */
export function isTextAt(bytes: Buffer, from: number, to: number): boolean {
  return isText(bytes.subarray(from, to));
}
