/** Bytes `start` up to but not including `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** What a Range field asks of a representation; `whole` where it has to be, or may be, ignored. */
export type RangeRequest = 'whole' | 'unsatisfiable' | readonly ByteRange[];

/** More ranges than this are answered with the whole: nobody needs them, and they cost the server. */
const MAX_RANGES = 16;

/**
 * Reads a Range field (RFC 9110 section 14.2) against a representation of `size` bytes. Units other
 * than bytes are ignored. As nginx has it, a malformed list of byte ranges is `unsatisfiable`, and an
 * empty file is always whole. Ranges that lie behind the end are left out; ranges that sum up to more
 * than the whole are answered by it.
 */
export function readRanges(field: string, size: number): RangeRequest {
  const [, list] = /^bytes[ \t]*=(.*)$/is.exec(field) ?? [];
  if (list === undefined || list === '' || size === 0) return 'whole';
  const specs = list.split(',');
  if (specs.length > MAX_RANGES) return 'whole';
  const ranges: ByteRange[] = [];
  let sum = 0;
  for (const spec of specs) {
    const range = readRange(spec.trim(), size);
    if (range === 'malformed') return 'unsatisfiable';
    if (range === 'beyond') continue;
    ranges.push(range);
    sum += range.end - range.start;
  }
  if (ranges.length === 0) return 'unsatisfiable';
  return sum > size ? 'whole' : ranges;
}

function readRange(spec: string, size: number): ByteRange | 'malformed' | 'beyond' {
  const [, first, last] = /^(\d*)[ \t]*-[ \t]*(\d*)$/.exec(spec) ?? [];
  if (first === undefined || last === undefined) return 'malformed';
  if (first === '') {
    if (last === '') return 'malformed';
    const start = Math.max(0, size - Number(last));
    return start < size ? { start, end: size } : 'beyond';
  }
  const start = Number(first);
  const end = last === '' ? size : Math.min(size, Number(last) + 1);
  if (last !== '' && Number(last) < start) return 'malformed';
  return start < size ? { start, end } : 'beyond';
}
