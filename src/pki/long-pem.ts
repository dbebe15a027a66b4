import { PemError } from './pem.ts';

/** Characters of base64 that are decoded at a time; a multiple of 4. */
const PIECE = 1 << 16;

/**
 * The PEM blocks of one label in a file that may be long, such as a revocation list with a million
 * entries: decoded piece by piece, so that beside the file only the result is in memory. Other blocks and
 * text are passed over; without a block of the label the list is empty. Throws PemError.
 */
export function decodeLongPem(file: Buffer, label: string): Buffer[] {
  const begin = `-----BEGIN ${label}-----`;
  const end = `-----END ${label}-----`;
  const blocks: Buffer[] = [];
  for (let from = 0; ; ) {
    const start = file.indexOf(begin, from, 'latin1');
    if (start < 0) return blocks;
    const body = start + begin.length;
    const stop = file.indexOf(end, body, 'latin1');
    const line = (): number => lineOf(file, start);
    if (stop < 0) throw new PemError('unclosed', line(), `BEGIN ${label} has no END`);
    const bytes = decodeBody(file, body, stop);
    if (bytes === null) {
      throw new PemError('bad-base64', line(), 'the block that begins here is not base64');
    }
    if (bytes.length === 0) throw new PemError('empty', line(), 'the block is empty');
    blocks.push(bytes);
    from = stop + end.length;
  }
}

/** Null: something in it is not canonical base64. */
function decodeBody(file: Buffer, start: number, stop: number): Buffer | null {
  const bytes = Buffer.allocUnsafeSlow(Math.ceil(((stop - start) * 3) / 4));
  let length = 0;
  let rest = '';
  for (let at = start; at < stop; at += PIECE) {
    const end = Math.min(at + PIECE, stop);
    const text = rest + file.toString('latin1', at, end).replaceAll(/[\r\n\t ]+/g, '');
    const whole = end === stop ? text.length : text.length - (text.length % 4);
    const piece = text.slice(0, whole);
    const decoded = Buffer.from(piece, 'base64');
    if (decoded.toString('base64') !== piece) return null;
    if (end < stop && piece.endsWith('=')) return null;
    decoded.copy(bytes, length);
    length += decoded.length;
    rest = text.slice(whole);
  }
  return bytes.subarray(0, length);
}

function lineOf(file: Buffer, offset: number): number {
  let line = 1;
  for (let at = 0; at < offset; at++) if (file[at] === 0x0a) line++;
  return line;
}
