// Pieces that mean something to what is fuzzed, known-bad ones among them.

/** A message of HTTP/1.1, and what servers disagree about in it. */
export const HTTP_TOKENS: readonly string[] = [
  ...Array.from('\r\n\0 \t:;,"\\/%#?*@[]()=+-_.\x0b\x0c\x1b\x7f\x80\xa0\xff09afgx'),
  '\r\n', '\r\n\r\n', '\n\n', '\r\r\n', '\r\n ', '\r\n\t', 'HTTP/1.0', 'HTTP/1.1', 'HTTP/2.0',
  'Content-Length: 3\r\n', 'Content-Length: 0\r\n', 'Content-Length: +3\r\n', 'content_length: 3\r\n',
  'Transfer-Encoding: chunked\r\n', 'Transfer-Encoding: gzip\r\n', 'Transfer_Encoding: chunked\r\n',
  'Transfer-Encoding : chunked\r\n', 'Transfer-Encoding:\x0bchunked\r\n', 'chunked', ', chunked',
  'Host: b\r\n', 'Host: [::1]:80\r\n', 'X-Client-User: root\r\n', 'x_client_dn: CN=root\r\n',
  'Connection: close\r\n', 'Connection: x-a, host\r\n', 'Connection: upgrade\r\n', 'TE: trailers\r\n',
  'Upgrade: websocket\r\n', 'Upgrade: h2c\r\n', 'Expect: 100-continue\r\n', 'Keep-Alive: 5\r\n',
  'GET / HTTP/1.1\r\nHost: a\r\n\r\n', 'http://a', 'https://A:443', '/../', '%2e', '%00', 'a,',
  '0\r\n\r\n', '5\r\nhello\r\n', '0;a=b\r\n', '00000000000000005\r\n', 'fffffffffffff\r\n', '-1\r\n',
  'HTTP/1.1 200 OK\r\n', 'HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 204 No Content\r\n', ' 101 ',
];

/** A chunked body. */
export const CHUNK_TOKENS: readonly string[] = [
  ...HTTP_TOKENS, 'a=b', ';a', ';', '"', '\\"', '5', '1\r\nx\r\n', '0', '00', 'X: y\r\n',
];

export const PATH_TOKENS: readonly string[] = [
  '/', '//', '.', '..', '/../', '/./', '%2e', '%2E%2e', '%2f', '%5c', '\\', ';', ';x', '%3b', '%25',
  '%2561', '%252e', '%252f', '%00', '%c0%af', '%ff', '%C3', '%', '%4', 'admin', '%61dmin', 'public',
  '/admin', '/public', '?', '#', ' ', '\0', '\xe4', '%E2%80%AE', '..;', '/.;/', '%u002e', '*', '%0a',
];

/** The records and messages before a handshake. */
export const HELLO_TOKENS: readonly string[] = [
  '\x16\x03\x01', '\x16\x03\x03\x00\x01\x00', '\x16\x03\x01\x40\x01', '\x15\x03\x01\x00\x02',
  '\x01\x00\x00\x00', '\x01\x00\xff\xfc', '\x00\x00', '\xff\xff', '\x0a\x0a', '\x13\x01',
  '\x00\x10\x00\x05\x00\x03\x02h2', '\x00\x2b\x00\x03\x02\x03\x04', '\x00\x29\x00\x00',
  '\x00\x00\x00\x08\x00\x06\x00\x00\x03b.b', 'a.example', 'a..b', '\0', '.', '-',
  'GET / HTTP/1.1\r\n', 'SSH-2.0-', '\x80\x2e\x01\x03\x01',
];

export const DER_TOKENS: readonly string[] = [
  '\x30\x80', '\x30\x84\xff\xff\xff\xff', '\x1f\x81', '\x30\x00', '\x06\x01\x80', '\x02\x00', '\x03\x01\x08',
  '\x05\x00', '\x01\x01\xff', '\0\0', '\x17\x0d', '\xa0\x03\x02\x01\x02', '\x30\x02', '\x31\x00', '\x04\x00',
  `\x06\x7f${'\xff'.repeat(126)}\x7f`, '\x03\x02\x00\xff', '\x18\x0f99991231235959Z', '\x17\x0d500101000000Z',
];

/** Extensions and the values in them. */
export const CERTIFICATE_TOKENS: readonly string[] = [
  ...DER_TOKENS, '\x02\x01\x00', '\xa3\x02\x30\x00', '\x06\x03\x55\x1d\x11', '\x06\x03\x55\x1d\x1e',
  '\x06\x03\x55\x1d\x13', '\x30\x06\x06\x01\x2a\x01\x01\xff', '\x13\x01a', '\x1e\x02\xd8\x00', '\x82\x01*',
  '\x87\x05aaaaa', '\x88\x01\x80', '\x0c\x02\xc0\x80', '\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0e',
];

export const NAME_DER_TOKENS: readonly string[] = [
  ...DER_TOKENS, '\x06\x03\x55\x04\x03', '\x1e\x02\xd8\x00', '\x1c\x04\0\x11\0\0', '\x0c\x02\xc0\xaf',
  '\x14\x01\xff', '\x13\x01\0', '\x04\x00',
];

/** In UTF-8. */
export const NAME_TEXT_TOKENS: readonly Buffer[] = [
  ',', '+', '=', '\\', '\\2C', '#', '#0c', '"', ';', ' ', '\0', '\r\n', 'CN=', 'oid.', '1.2.3', 'é', '\u202e',
  '\u0085', '\u{1f600}', '\ufeff', '\x1b[31m', '\\c3', '\\\\', '2.5.4.3=#', '<>', '2.5.4.99999999999999999999',
].map((token) => Buffer.from(token));

/** Algorithms, kinds of bags and counts of rounds. */
export const PKCS12_TOKENS: readonly string[] = [
  ...DER_TOKENS, '\x02\x03\x4c\x4b\x40', '\x02\x01\x00', '\xa0\x00', '\x02\x04\x7f\xff\xff\xff', '\x1e\x01a',
  '\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x06', '\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x03',
  '\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x01', '\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d',
];

export const PEM_TOKENS: readonly string[] = [
  '-----BEGIN CERTIFICATE-----\n', '-----END CERTIFICATE-----\n', '-----', '-----BEGIN ', '=', '==', '=A=',
  '-----END PRIVATE KEY----------BEGIN CERTIFICATE-----', '\r', '\r\n', '\t', ' ', '\0', 'A', 'AA==\n', 'AB==',
  'Proc-Type: 4,ENCRYPTED\n', '\x1b[2J', '\x9b', '\u0085', '\n\n', '--', ':', '-----BEGIN \x1b-----\n',
  '-----begin x-----\n', '_-',
];

const CONFIG_KEYS = `listeners certificates authorization users user tls verify verify_and_map ca_file routes
  match path host allow upstream respond status body snis listener upstreams workers listen`.split(/\s+/);

/** Values that some key wants, or none, and what YAML makes of them. */
const CONFIG_VALUES: readonly string[] = [
  'true', 'false', 'null', '1', '-1', '1e400', '.nan', '""', "''", '[]', '{}', '~', '|\n', '>-\n', 'optional',
  'observe', '"1.3"', 'echo:', 'http://a', 'file:///x', 'unix:/x', ':0', '[::]:1', '10s', '/a*', '&a ', '*a',
  '<<: *a', '!!binary x', '!x ', '? ', '- ', ': ', '# ', '---\n', '...\n', '%YAML 1.1\n', '${', '${X}', '$${X}',
  '\t', '\r', '\0', '\u0085', '\xff', '\xef\xbb\xbf', '"\\u0000"', '"\\ud800"', '__proto__', 'constructor',
  '../certs/server.crt', '../certs/damaged.crt', '/dev/zero', '../certs',
];

export const YAML_TOKENS: readonly string[] = [
  ...CONFIG_VALUES, ...CONFIG_KEYS.map((key) => `\n    ${key}: `),
];

export const JSON_TOKENS: readonly string[] = [
  ...CONFIG_VALUES, ...CONFIG_KEYS.map((key) => `"${key}": `), '{', '}', '[', ']', ',', '"', '\\', '\\u0000',
  '1e999', '[[[[[[[[', '{"a":', '"a": 1,',
];
