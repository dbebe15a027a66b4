/** One element of DER. */
export interface DerElement {
  readonly tag: number;
  readonly content: Uint8Array;
}

/** The elements of `bytes` one after the other; null: it is no DER, or has more than `most` of them. */
export function derElements(bytes: Uint8Array, most = 1000): readonly DerElement[] | null {
  const elements: DerElement[] = [];
  let at = 0;
  while (at < bytes.length) {
    const tag = bytes[at] ?? 0;
    let length = bytes[at + 1] ?? 0;
    at += 2;
    if (length >= 0x80) {
      const count = length & 0x7f;
      if (count === 0 || count > 4) return null;
      length = 0;
      for (let index = 0; index < count; index++) length = length * 256 + (bytes[at++] ?? 0);
    }
    if (at + length > bytes.length || elements.length >= most) return null;
    elements.push({ tag, content: bytes.subarray(at, at + length) });
    at += length;
  }
  return elements;
}

/** An object identifier with its dots. */
export function derOid(content: Uint8Array): string {
  const arcs: number[] = [];
  let arc = 0;
  for (const byte of content.subarray(0, 64)) {
    arc = arc * 128 + (byte & 0x7f);
    if (byte >= 0x80) continue;
    if (arcs.length === 0)
      arcs.push(Math.min(2, Math.floor(arc / 40)), arc - Math.min(2, Math.floor(arc / 40)) * 40);
    else arcs.push(arc);
    arc = 0;
  }
  return arcs.join('.');
}

/** A text of any of the string types that certificates use. */
export function derText({ tag, content }: DerElement): string {
  const decoder = tag === 0x1e ? 'utf-16be' : tag === 0x14 ? 'latin1' : 'utf-8';
  return new TextDecoder(decoder).decode(content);
}

/** UTCTime or GeneralizedTime, milliseconds since the epoch; null: neither. */
export function derTime(element: DerElement): number | null {
  const text = derText(element);
  const parts = /^(\d{2}|\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/.exec(text);
  if (parts === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
    .slice(1)
    .map(Number);
  const full = element.tag === 0x17 ? year + (year < 50 ? 2000 : 1900) : year;
  return Date.UTC(full, month - 1, day, hour, minute, second);
}
