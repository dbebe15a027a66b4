/** One field of a head, as it came: the name in its own letter case, the value without outer space. */
export interface FieldLine {
  readonly name: string;
  readonly value: string;
}

/** The fields of wire text (`Name: value CRLF` each, checked before), in order. */
export function fieldLines(fields: string): FieldLine[] {
  const lines: FieldLine[] = [];
  for (let at = 0; at < fields.length; ) {
    const colon = fields.indexOf(':', at);
    const end = fields.indexOf('\r\n', at);
    if (colon < 0 || end < 0) break;
    lines.push({ name: fields.slice(at, colon), value: fields.slice(colon + 1, end).trim() });
    at = end + 2;
  }
  return lines;
}
