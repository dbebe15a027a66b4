import { CLASSES, isToken, VALUE } from './characters.ts';
import { mayTrail } from './field-names.ts';

/**
 * The fields of a trailer section (ending in its blank line) that may be passed on, as wire text:
 * none that frames, routes, authenticates or identifies (RFC 9110 section 6.5.1). Null where the
 * section is malformed or has more than `maxFields`.
 */
export function readTrailers(section: string, maxFields: number): string | null {
  let kept = '';
  let count = 0;
  for (let at = 0; at < section.length - 2; ) {
    const end = section.indexOf('\r\n', at);
    const line = section.slice(at, end);
    const colon = line.indexOf(':');
    count += 1;
    if (count > maxFields || colon < 1 || !isToken(line.slice(0, colon))) return null;
    if (!isValue(line, colon + 1)) return null;
    if (mayTrail(line.slice(0, colon))) kept += `${line}\r\n`;
    at = end + 2;
  }
  return kept;
}

function isValue(line: string, from: number): boolean {
  for (let at = from; at < line.length; at += 1) {
    if ((CLASSES[line.charCodeAt(at)] & VALUE) === 0) return false;
  }
  return true;
}
