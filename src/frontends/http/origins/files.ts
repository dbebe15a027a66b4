import { randomBytes } from 'node:crypto';
import { closeSync } from 'node:fs';
import type { Exchange, Origin } from '../exchange.ts';
import type { TargetOptions } from '../options.ts';
import { httpDate, problemResponse } from '../problem.ts';
import { formatHttpDate } from '../wire/http-date.ts';
import { canonicalPath } from '../wire/path.ts';
import { statusText } from '../status-text.ts';
import { type ByteRange, readRanges } from './byte-ranges.ts';
import {
  type Conditions,
  judge,
  rangeHolds,
  readConditions,
  type Validators,
} from './conditions.ts';
import { contentTypeOf } from './content-types.ts';
import { FileBody, type FilePart, readWhole } from './file-body.ts';
import { FileTree, type OpenedEntry } from './file-tree.ts';
import { TryFiles } from './try-files.ts';

type FilesOptions = Extract<TargetOptions, { kind: 'files' }>;

/** A body up to this many bytes is read in one go, before the head is sent. */
const SMALL_BYTES = 64 * 1024;

/**
 * Serves the files below a directory to GET and HEAD, as nginx does with `try_files`: index files,
 * directories redirected to their trailing slash, conditional requests and byte ranges (RFC 9110
 * sections 13 and 14). Directories are never listed. Names that begin with a dot are not found, but
 * for `.well-known`: nginx would serve `.git` and `.env` as well.
 */
export class StaticFiles implements Origin {
  readonly #tryFiles: TryFiles;

  constructor({ root, tryFiles, index }: FilesOptions) {
    this.#tryFiles = new TryFiles(new FileTree(root), tryFiles, index);
  }

  handle(exchange: Exchange): void {
    const { method, target } = exchange.request;
    if (method !== 'GET' && method !== 'HEAD') {
      refuse(exchange, 405, 'files are read only', 'Allow: GET, HEAD\r\n');
      return;
    }
    const mark = target.indexOf('?');
    const canonical = canonicalPath(mark < 0 ? target : target.slice(0, mark));
    if (canonical.kind === 'ambiguous') {
      exchange.problem(400, 'Bad Request', `ambiguous path: ${canonical.reason}`);
      return;
    }
    const path = canonical.path.replace(SLASHES, '/');
    if (HIDDEN.test(path)) {
      fail(exchange, 404);
      return;
    }
    const match = this.#tryFiles.find(path);
    if (match.kind === 'file') sendFile(exchange, match.entry, match.path);
    else if (match.kind === 'redirect') {
      redirect(exchange, match.path, mark < 0 ? '' : target.slice(mark));
    } else fail(exchange, match.status);
  }
}

const SLASHES = /\/{2,}/g;
const HIDDEN = /\/\.(?!well-known(?:\/|$))/;

/** Answers with the file, or what its conditions make of it. Closes it, or sees to it. */
function sendFile(exchange: Exchange, entry: OpenedEntry, path: string): void {
  let isHandedOn = false;
  try {
    isHandedOn = answer(exchange, entry, path) === 'streaming';
  } finally {
    if (!isHandedOn) closeSync(entry.fd);
  }
}

function answer(exchange: Exchange, entry: OpenedEntry, path: string): 'answered' | 'streaming' {
  const { size, modifiedMs } = entry;
  const is: Validators = { etag: etagOf(entry), modified: Math.floor(modifiedMs / 1000) };
  const validators = `Last-Modified: ${formatHttpDate(modifiedMs)}\r\nETag: ${is.etag}\r\n`;
  const conditions = readConditions(exchange.request.fields);
  let ranges: readonly ByteRange[] | null = null;
  if (conditions !== null) {
    const precondition = judge(conditions, is, Date.now());
    if (precondition === 'failed') {
      refuse(exchange, 412, 'the file is in another state', validators);
      return 'answered';
    }
    if (precondition === 'not-modified') {
      sendBodiless(exchange, 304, validators, null);
      return 'answered';
    }
    const asked = rangesAsked(exchange, conditions, is, size);
    if (asked === 'unsatisfiable') {
      const fields = `Content-Range: bytes */${size}\r\n`;
      refuse(exchange, 416, 'no such part of the file', fields);
      return 'answered';
    }
    ranges = asked === 'whole' ? null : asked;
  }
  const type = contentTypeOf(path);
  const fields = `${validators}Accept-Ranges: bytes\r\n`;
  if (exchange.request.method === 'HEAD') {
    sendBodiless(exchange, 200, `Content-Type: ${type}\r\n${fields}`, size);
    return 'answered';
  }
  if (ranges === null) {
    return sendBytes(exchange, entry, 200, `Content-Type: ${type}\r\n${fields}`, wholeOf(size));
  }
  const [range] = ranges;
  if (ranges.length === 1 && range !== undefined) {
    const head = `Content-Type: ${type}\r\n${fields}Content-Range: ${contentRange(range, size)}\r\n`;
    return sendBytes(exchange, entry, 206, head, range);
  }
  return sendParts(exchange, entry, type, fields, ranges);
}

function wholeOf(size: number): ByteRange {
  return { start: 0, end: size };
}

/** Ranges hold for GET only (RFC 9110 section 14.2). */
function rangesAsked(exchange: Exchange, conditions: Conditions, is: Validators, size: number) {
  if (conditions.range === '' || exchange.request.method !== 'GET') return 'whole';
  return rangeHolds(conditions, is, Date.now()) ? readRanges(conditions.range, size) : 'whole';
}

function sendBytes(
  exchange: Exchange,
  entry: OpenedEntry,
  status: number,
  fields: string,
  { start, end }: ByteRange,
): 'answered' | 'streaming' {
  const length = end - start;
  const small = length <= SMALL_BYTES ? readWhole(entry.fd, start, end) : null;
  if (length <= SMALL_BYTES && small === null) {
    fail(exchange, 503);
    return 'answered';
  }
  const reason = statusText(status) ?? '';
  exchange.respond({ status, reason, fields: dated(fields), body: { kind: 'length', length } });
  if (small === null) {
    new FileBody(exchange, entry.fd, [{ before: NOTHING, start, end }]).start();
    return 'streaming';
  }
  if (length > 0) exchange.write(small);
  exchange.end('');
  return 'answered';
}

/** Several ranges as multipart/byteranges (RFC 9110 section 14.6). */
function sendParts(
  exchange: Exchange,
  entry: OpenedEntry,
  type: string,
  fields: string,
  ranges: readonly ByteRange[],
): 'streaming' {
  const boundary = randomBytes(15).toString('hex');
  const parts: FilePart[] = ranges.map((range) => ({
    before: Buffer.from(
      `\r\n--${boundary}\r\nContent-Type: ${type}\r\nContent-Range: ${contentRange(range, entry.size)}\r\n\r\n`,
    ),
    start: range.start,
    end: range.end,
  }));
  parts.push({ before: Buffer.from(`\r\n--${boundary}--\r\n`), start: 0, end: 0 });
  const length = parts.reduce((sum, part) => sum + part.before.length + part.end - part.start, 0);
  exchange.respond({
    status: 206,
    reason: 'Partial Content',
    fields: dated(`Content-Type: multipart/byteranges; boundary=${boundary}\r\n${fields}`),
    body: { kind: 'length', length },
  });
  new FileBody(exchange, entry.fd, parts).start();
  return 'streaming';
}

const NOTHING = Buffer.alloc(0);

function contentRange(range: ByteRange, size: number): string {
  return `bytes ${range.start}-${range.end - 1}/${size}`;
}

/** From size and time of change to the microsecond, equal on every worker and every copy with its times kept. */
function etagOf({ size, modifiedMs }: OpenedEntry): string {
  return `"${Math.floor(modifiedMs * 1000).toString(16)}-${size.toString(16)}"`;
}

function dated(fields: string): string {
  return `Date: ${httpDate()}\r\n${fields}`;
}

/** `path` is decoded and its slashes are merged, so that what is built can't name another host. */
function redirect(exchange: Exchange, path: string, query: string): void {
  const location = encodeURI(path).replaceAll('?', '%3F').replaceAll('#', '%23');
  sendBodiless(exchange, 301, `Location: ${location}${query}\r\n`, 0);
}

function sendBodiless(
  exchange: Exchange,
  status: number,
  fields: string,
  length: number | null,
): void {
  const reason = statusText(status) ?? '';
  exchange.respond({ status, reason, fields: dated(fields), body: { kind: 'none', length } });
  exchange.end('');
}

function fail(exchange: Exchange, status: number): void {
  if (status < 400) sendBodiless(exchange, status, '', status === 204 || status === 304 ? null : 0);
  else exchange.problem(status, statusText(status) ?? 'Error', DETAILS.get(status) ?? '');
}

/** A problem with further fields: 405 owes Allow, 416 owes Content-Range. */
function refuse(exchange: Exchange, status: number, detail: string, fields: string): void {
  const title = statusText(status) ?? '';
  const { head, body } = problemResponse(status, title, detail, exchange.client.handshakeId);
  const isHead = exchange.request.method === 'HEAD';
  exchange.respond({
    status,
    reason: title,
    fields: head.fields + fields,
    body: { kind: isHead ? 'none' : 'length', length: body.length },
  });
  if (!isHead) exchange.write(body);
  exchange.end('');
}

const DETAILS: ReadonlyMap<number, string> = new Map([
  [403, 'this directory or file is not served'],
  [404, 'no such file'],
  [500, 'the file could not be read'],
  [503, 'the file could not be read now'],
]);
