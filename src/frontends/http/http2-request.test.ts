import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readHttp2Request, readHttp2Trailers } from './http2-request.ts';

const GET = [':method', 'GET', ':scheme', 'https', ':authority', 'test.com', ':path', '/a?b=c'];

function read(list: readonly string[], hasBody = false): ReturnType<typeof readHttp2Request> {
  return readHttp2Request(list, hasBody, { maxFields: 20, maxHeadBytes: 1000 });
}

function replaced(name: string, value: string): string[] {
  return GET.map((text, i) => (GET[i - 1] === name ? value : text));
}

test('a request becomes what HTTP/1.1 would have carried', () => {
  const request = read([
    ...GET,
    'accept',
    '*/*',
    'cookie',
    'a=1',
    'x-one',
    ' 1',
    'cookie',
    'b=2',
    'te',
    'trailers',
  ]);
  assert.ok(request.kind === 'request');
  assert.deepEqual(request.head, {
    method: 'GET',
    target: '/a?b=c',
    path: '/a',
    authority: 'test.com',
    version: '2',
    fields: 'accept: */*\r\nx-one:  1\r\ncookie: a=1; b=2\r\n',
    body: { kind: 'none' },
    traceparent: '',
    expectsContinue: false,
    upgrade: null,
  });
});

test('identity fields are removed in every spelling', () => {
  const list = ['x-client-user', 'x_client_user', 'x.client.dn', 'x-forwarded-for', 'client-cert'];
  const request = read([...GET, ...list.flatMap((name) => [name, 'root'])]);
  assert.ok(request.kind === 'request');
  assert.equal(request.head.fields, '');
  assert.equal(readHttp2Trailers(list.flatMap((name) => [name, 'root'])), '');
});

test('how the body ends is told by Content-Length and END_STREAM together', () => {
  const bodyOf = (list: readonly string[], hasBody: boolean): unknown => {
    const request = read([...GET, ...list], hasBody);
    return request.kind === 'request' ? request.head.body : request.kind;
  };
  assert.deepEqual(bodyOf([], false), { kind: 'none' });
  assert.deepEqual(bodyOf([], true), { kind: 'stream' });
  assert.deepEqual(bodyOf(['content-length', '5'], true), { kind: 'length', length: 5 });
  assert.deepEqual(bodyOf(['content-length', '0'], false), { kind: 'none' });
  assert.deepEqual(bodyOf(['content-length', '5'], false), 'malformed');
});

describe('is refused', () => {
  const cases: Record<string, readonly string[]> = {
    'a path with a space': replaced(':path', '/a b'),
    'a path with CR LF': replaced(':path', '/a\r\nX: y'),
    'a path that is no path': replaced(':path', 'a'),
    'an absolute URI as a path': replaced(':path', 'https://test.com/'),
    'a fragment': replaced(':path', '/a#b'),
    'a path beyond ASCII': replaced(':path', '/\u00e9'),
    'an empty path': replaced(':path', ''),
    'an asterisk for GET': replaced(':path', '*'),
    'a method with a space': replaced(':method', 'GET /x HTTP/1.1'),
    'a method in lower case': replaced(':method', 'get'),
    'a method with CR LF': replaced(':method', 'GET\r\nX:'),
    CONNECT: replaced(':method', 'CONNECT'),
    'an authority with user information': replaced(':authority', 'root@test.com'),
    'an authority with CR LF': replaced(':authority', 'test.com\r\nX: y'),
    'an authority with a space': replaced(':authority', 'test.com evil'),
    'another scheme': replaced(':scheme', 'ftp'),
    'no authority': GET.filter((_, i) => i < 4 || i > 5),
    'no method': GET.slice(2),
    'two methods': [':method', 'GET', ...GET],
    'two paths': [...GET.slice(0, 6), ':path', '/', ...GET.slice(6)],
    'two authorities': [':authority', 'test.com', ...GET],
    'an unknown pseudo-header': [':protocol', 'websocket', ...GET],
    'a pseudo-header after a field': [...GET.slice(0, 6), 'a', 'b', ...GET.slice(6)],
    'a Host that disagrees': [...GET, 'host', 'other.com'],
    'two Hosts': [...GET, 'host', 'test.com', 'host', 'test.com'],
    'a value with CR LF': [...GET, 'a', 'b\r\nX-Client-User: root'],
    'a value with LF': [...GET, 'a', 'b\nc'],
    'a value with NUL': [...GET, 'a', 'b\0c'],
    'a name in capitals': [...GET, 'A', 'b'],
    'a name with a colon': [...GET, 'a:b', 'c'],
    'a name with a space': [...GET, 'a ', 'c'],
    'an empty name': [...GET, '', 'c'],
    Connection: [...GET, 'connection', 'close'],
    'Transfer-Encoding': [...GET, 'transfer-encoding', 'chunked'],
    Upgrade: [...GET, 'upgrade', 'websocket'],
    'Keep-Alive': [...GET, 'keep-alive', '1'],
    'Proxy-Connection': [...GET, 'proxy-connection', 'close'],
    'TE other than trailers': [...GET, 'te', 'gzip'],
    'two lengths': [...GET, 'content-length', '1', 'content-length', '1'],
    'a signed length': [...GET, 'content-length', '+1'],
    'a list of lengths': [...GET, 'content-length', '1, 1'],
    'more fields than allowed': [...GET, ...Array.from({ length: 42 }, () => 'a')],
    'more bytes than allowed': [...GET, 'a', 'b'.repeat(1000)],
    'an unknown expectation': [...GET, 'expect', '200-ok'],
  };
  for (const [name, list] of Object.entries(cases)) {
    test(name, () => assert.equal(read(list, true).kind, 'malformed'));
  }
});

test('Host stands in for a missing authority, and may repeat it in other case', () => {
  const alone = read([...GET.filter((_, i) => i < 4 || i > 5), 'host', 'test.com']);
  assert.ok(alone.kind === 'request');
  assert.equal(alone.head.authority, 'test.com');
  const repeated = read([...GET, 'host', 'TEST.com']);
  assert.ok(repeated.kind === 'request');
  assert.equal(repeated.head.fields, '');
});

test('trailers that can not be trailers are removed, malformed ones are refused', () => {
  assert.equal(
    readHttp2Trailers(['grpc-status', '0', 'content-length', '3', 'x-sum', '1']),
    'grpc-status: 0\r\nx-sum: 1\r\n',
  );
  assert.equal(readHttp2Trailers(['a', 'b\r\nc']), null);
  assert.equal(readHttp2Trailers([':path', '/']), null);
});
