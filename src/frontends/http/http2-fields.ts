// HTTP/2 field lists (name, value, name, value ...) to wire text and back.
import { CLASSES, TOKEN, VALUE } from './wire/characters.ts';

/** Appends the fields of wire text to a list, names in lower case as HTTP/2 has them. */
export function appendFields(list: string[], fields: string): void {
  for (let at = 0; at < fields.length; ) {
    const colon = fields.indexOf(':', at);
    const end = fields.indexOf('\r\n', colon);
    if (colon < 0 || end < 0) return;
    list.push(fields.slice(at, colon).toLowerCase(), valueOf(fields, colon + 1, end));
    at = end + 2;
  }
}

/** The fields of wire text as an object, for the calls of node:http2 that take no list. */
export function fieldObject(fields: string): Record<string, string | string[]> {
  const list: string[] = [];
  appendFields(list, fields);
  const object: Record<string, string | string[]> = { __proto__: null } as never;
  for (let i = 0; i < list.length; i += 2) {
    const name = list[i];
    const before = object[name];
    if (before === undefined) object[name] = list[i + 1];
    else if (typeof before === 'string') object[name] = [before, list[i + 1]];
    else before.push(list[i + 1]);
  }
  return object;
}

/** Whether the text is a field name as HTTP/2 has it: a token without capitals (RFC 9113 section 8.2.1). */
export function isFieldName(name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    if (code > 0x7e || (CLASSES[code] & TOKEN) === 0 || (code >= 0x41 && code <= 0x5a))
      return false;
  }
  return name.length > 0;
}

/** Whether the text can stand in a field line of HTTP/1.1 and means the same there. */
export function isFieldValue(value: string): boolean {
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code > 0xff || (CLASSES[code] & VALUE) === 0) return false;
  }
  return true;
}

function valueOf(fields: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && isSpace(fields.charCodeAt(start))) start++;
  while (end > start && isSpace(fields.charCodeAt(end - 1))) end--;
  return fields.slice(start, end);
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
