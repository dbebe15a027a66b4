import type { RequestHead } from '../exchange.ts';

/** The whole request head as it goes upstream, latin1; `added` follows the client's own fields. */
export function requestHeadText(request: RequestHead, added: string): string {
  return (
    `${request.method} ${request.target} HTTP/1.1\r\nHost: ${request.authority}\r\n` +
    `${request.fields}${added}${framingText(request)}\r\n`
  );
}

/**
 * Whether the request may be sent again on another connection when the first died without a byte of
 * an answer: it has no body, and a second one means no more than the first (RFC 9110 section 9.2.2).
 */
export function mayRepeat(request: RequestHead): boolean {
  return request.body.kind === 'none' && IDEMPOTENT.has(request.method);
}

const IDEMPOTENT: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'OPTIONS',
  'PUT',
  'DELETE',
  'TRACE',
]);

/** Methods that servers expect to say so when they have no content (RFC 9110 section 8.6). */
const EXPECTS_CONTENT: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);

function framingText(request: RequestHead): string {
  if (request.upgrade !== null) return 'Connection: Upgrade\r\nUpgrade: websocket\r\n';
  switch (request.body.kind) {
    case 'none':
      return EXPECTS_CONTENT.has(request.method) ? 'Content-Length: 0\r\n' : '';
    case 'length':
      return `Content-Length: ${request.body.length}\r\n`;
    case 'stream':
      return 'Transfer-Encoding: chunked\r\n';
  }
}
