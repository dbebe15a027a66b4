import type { IncomingMessage, ServerResponse } from 'node:http';
import type { PublishedFile } from './published-files.ts';

/** A list is asked for again after this long, though it holds longer: what was revoked since is in the next. */
const MAX_AGE_S = 3600;
/** A file that was written so lately may be written again within the second that a date can tell. */
const DATE_GRAIN_MS = 2000;

/**
 * Answers GET or HEAD with a published file, or 304 to who has it already (RFC 9110 section 13). `now` is in
 * milliseconds since the epoch.
 */
export function answerFile(
  file: PublishedFile,
  request: IncomingMessage,
  response: ServerResponse,
  now: number,
): void {
  const { bytes, etag, type, nextUpdate, writtenAt } = file;
  const left = nextUpdate === null ? MAX_AGE_S : Math.floor((nextUpdate - now) / 1000);
  const maxAge = Math.min(MAX_AGE_S, left);
  response.setHeader('ETag', etag);
  response.setHeader('Cache-Control', maxAge > 0 ? `public, max-age=${maxAge}` : 'no-cache');
  const isDated = now - writtenAt > DATE_GRAIN_MS;
  if (isDated) response.setHeader('Last-Modified', new Date(writtenAt).toUTCString());
  if (isFresh(request, etag, isDated ? writtenAt : null)) {
    response.writeHead(304).end();
    return;
  }
  response.writeHead(200, { 'Content-Type': type, 'Content-Length': bytes.length });
  response.end(request.method === 'HEAD' ? undefined : bytes);
}

/** RFC 9110 section 13.2.2: the tag decides where one is given. */
function isFresh({ headers }: IncomingMessage, etag: string, writtenAt: number | null): boolean {
  const tags = headers['if-none-match'];
  if (tags !== undefined) {
    return tags.split(',').some((tag) => ['*', etag].includes(tag.trim().replace(/^W\//, '')));
  }
  const since = Date.parse(headers['if-modified-since'] ?? '');
  return writtenAt !== null && Math.floor(writtenAt / 1000) * 1000 <= since;
}
