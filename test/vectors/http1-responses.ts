// Response heads as bytes on the wire (latin1) and what the gateway makes of them.

export interface ResponseCase {
  readonly name: string;
  readonly raw: string;
  /** The method of the request; GET unless given. */
  readonly method?: string;
  /** What the parser answers, as far as it matters; a fault where it refuses. */
  readonly expected: Readonly<Record<string, unknown>> | string;
}

const head = (statusLine: string, ...fields: string[]): string =>
  [statusLine, ...fields, '', ''].join('\r\n');

const ok = (...fields: string[]): string => head('HTTP/1.1 200 OK', ...fields);

export const responseCases: readonly ResponseCase[] = [
  {
    name: 'a length',
    raw: ok('Content-Length: 5', 'Server: x'),
    expected: {
      status: 200,
      reason: 'OK',
      fields: 'Server: x\r\n',
      body: { kind: 'length', length: 5 },
      framing: 'length',
      persistent: true,
      upgrade: false,
    },
  },
  { name: 'chunked', raw: ok('Transfer-Encoding: chunked'), expected: { body: { kind: 'stream' }, framing: 'chunked', persistent: true, fields: '' } },
  { name: 'neither: until the connection closes', raw: ok(), expected: { body: { kind: 'stream' }, framing: 'close', persistent: false } },
  { name: 'Connection: close', raw: ok('Content-Length: 5', 'Connection: close'), expected: { framing: 'length', persistent: false, fields: '' } },
  { name: 'HTTP/1.0', raw: head('HTTP/1.0 200 OK', 'Content-Length: 5'), expected: { framing: 'length', persistent: false } },
  { name: 'HTTP/1.0 that is kept', raw: head('HTTP/1.0 200 OK', 'Content-Length: 5', 'Connection: keep-alive'), expected: { persistent: true } },
  { name: 'no reason', raw: head('HTTP/1.1 200 ', 'Content-Length: 5'), expected: { status: 200, reason: '' } },
  { name: 'no reason and no space', raw: head('HTTP/1.1 200', 'Content-Length: 5'), expected: { status: 200, reason: '' } },
  { name: 'a reason of several words', raw: head('HTTP/1.1 404 Not \xe4 Found', 'Content-Length: 0'), expected: { status: 404, reason: 'Not \xe4 Found', body: { kind: 'length', length: 0 } } },
  { name: 'HEAD shows the length', raw: ok('Content-Length: 5'), method: 'HEAD', expected: { body: { kind: 'none', length: 5 }, framing: 'none', persistent: true } },
  { name: 'HEAD of chunked', raw: ok('Transfer-Encoding: chunked'), method: 'HEAD', expected: { body: { kind: 'none', length: null }, framing: 'none', persistent: true } },
  { name: '304 shows the length', raw: head('HTTP/1.1 304 Not Modified', 'Content-Length: 5'), expected: { body: { kind: 'none', length: 5 }, framing: 'none', persistent: true } },
  { name: '204', raw: head('HTTP/1.1 204 No Content'), expected: { body: { kind: 'none', length: null }, framing: 'none', persistent: true } },
  { name: '204 with a length of 0', raw: head('HTTP/1.1 204 No Content', 'Content-Length: 0'), expected: { body: { kind: 'none', length: null }, persistent: true } },
  { name: '204 with a body, after which the connection is not used', raw: head('HTTP/1.1 204 No Content', 'Content-Length: 5'), expected: { body: { kind: 'none', length: null }, framing: 'none', persistent: false } },
  { name: '204 that is chunked, after which the connection is not used', raw: head('HTTP/1.1 204 No Content', 'Transfer-Encoding: chunked'), expected: { framing: 'none', persistent: false } },
  { name: '100', raw: head('HTTP/1.1 100 Continue'), expected: { status: 100, framing: 'none' } },
  { name: '103 with fields', raw: head('HTTP/1.1 103 Early Hints', 'Link: </a>'), expected: { status: 103, fields: 'Link: </a>\r\n', framing: 'none' } },
  { name: '101 to WebSocket', raw: head('HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Accept: x'), expected: { status: 101, upgrade: true, fields: 'Sec-WebSocket-Accept: x\r\n' } },
  { name: '101 to another protocol', raw: head('HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: h2c'), expected: { status: 101, upgrade: false } },
  { name: '101 that Connection does not name', raw: head('HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket'), expected: { upgrade: false } },
  { name: 'what Connection names', raw: ok('Content-Length: 0', 'Connection: X-A', 'X-A: 1', 'Keep-Alive: 5', 'X-B: 2'), expected: { fields: 'X-B: 2\r\n' } },
  { name: 'identity fields of its own', raw: ok('Content-Length: 0', 'X-Client-User: alice'), expected: { fields: 'X-Client-User: alice\r\n' } },
  { name: '101 fields', raw: ok(...Array.from({ length: 101 }, () => 'A: b')), expected: 'too-many-fields' },
  { name: '100 with a body', raw: head('HTTP/1.1 100 Continue', 'Content-Length: 5'), expected: 'bad-length' },
  { name: 'a length and a coding', raw: ok('Content-Length: 5', 'Transfer-Encoding: chunked'), expected: 'length-and-coding' },
  { name: 'two lengths', raw: ok('Content-Length: 5', 'Content-Length: 6'), expected: 'two-lengths' },
  { name: 'the same length twice', raw: ok('Content-Length: 5', 'Content-Length: 5'), expected: 'two-lengths' },
  { name: 'a list of lengths', raw: ok('Content-Length: 5, 5'), expected: 'bad-length' },
  { name: 'a signed length', raw: ok('Content-Length: +5'), expected: 'bad-length' },
  { name: 'a wrong length of HEAD', raw: ok('Content-Length: x'), method: 'HEAD', expected: 'bad-length' },
  { name: 'gzip as a coding', raw: ok('Transfer-Encoding: gzip, chunked'), expected: 'bad-coding' },
  { name: 'an unknown coding', raw: ok('Transfer-Encoding: xchunked'), expected: 'unknown-coding' },
  { name: 'a coding in HTTP/1.0', raw: head('HTTP/1.0 200 OK', 'Transfer-Encoding: chunked'), expected: 'coding-in-1.0' },
  { name: 'a field that is continued', raw: ok('X-A: b', ' c'), expected: 'folded-field' },
  { name: 'a space before the colon', raw: ok('X-A : b'), expected: 'bad-field-name' },
  { name: 'a bare LF', raw: 'HTTP/1.1 200 OK\r\nX-A: b\nX-B: c\r\n\r\n', expected: 'bare-lf' },
  { name: 'a bare CR', raw: ok('X-A: b\rX-B: c'), expected: 'bad-field-value' },
  { name: 'a NUL', raw: ok('X-A: \0'), expected: 'bad-field-value' },
  { name: 'a NUL in the reason', raw: head('HTTP/1.1 200 O\0K'), expected: 'bad-status-line' },
  { name: 'a bare CR in the reason', raw: head('HTTP/1.1 200 O\rK'), expected: 'bad-status-line' },
  { name: 'a status of two digits', raw: head('HTTP/1.1 20 OK'), expected: 'bad-status-line' },
  { name: 'a status of four digits', raw: head('HTTP/1.1 2000 OK'), expected: 'bad-status-line' },
  { name: 'status 099', raw: head('HTTP/1.1 099 OK'), expected: 'bad-status-line' },
  { name: 'status 600', raw: head('HTTP/1.1 600 OK'), expected: 'bad-status-line' },
  { name: 'a status with a sign', raw: head('HTTP/1.1 +20 OK'), expected: 'bad-status-line' },
  { name: 'two spaces before the status', raw: head('HTTP/1.1  200 OK'), expected: 'bad-status-line' },
  { name: 'a tab before the reason', raw: head('HTTP/1.1 200\tOK'), expected: 'bad-status-line' },
  { name: 'HTTP/2', raw: head('HTTP/2 200 OK'), expected: 'bad-version' },
  { name: 'HTTP/1.2', raw: head('HTTP/1.2 200 OK'), expected: 'bad-version' },
  { name: 'no HTTP', raw: '220 mail.example ESMTP\r\n\r\n', expected: 'bad-version' },
];
