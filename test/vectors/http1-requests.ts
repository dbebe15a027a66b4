// Requests as bytes on the wire (latin1), what the client is answered, and what reaches the upstream.
// Everything that is passed on has one meaning; everything else never gets there.

export interface RequestCase {
  readonly name: string;
  readonly raw: string;
  /** The statuses of the answers, in order. */
  readonly answers: readonly number[];
  /** The messages that reach the upstream, whole, in order. */
  readonly arrivals: readonly Arrival[];
}

/** A request as the upstream sees it. The identity fields stand between `fields` and `framing`. */
export interface Arrival {
  readonly line: string;
  readonly host: string;
  readonly fields: string;
  readonly framing: string;
  readonly body: string;
}

/** The limits that the cases assume. */
export const VECTOR_LIMITS = { maxHeadBytes: 32_768, maxFields: 100 } as const;

const GET: Arrival = { line: 'GET / HTTP/1.1', host: 'a', fields: '', framing: '', body: '' };
const POST: Arrival = { ...GET, line: 'POST / HTTP/1.1' };
const FIVE: Arrival = { ...POST, framing: 'Content-Length: 5\r\n', body: 'hello' };
const CHUNKED: Arrival = {
  ...POST,
  framing: 'Transfer-Encoding: chunked\r\n',
  body: '5\r\nhello\r\n0\r\n\r\n',
};

function passes(name: string, raw: string, arrival: Partial<Arrival> = {}): RequestCase {
  return { name, raw, answers: [200], arrivals: [{ ...GET, ...arrival }] };
}

function refuses(name: string, raw: string, status = 400): RequestCase {
  return { name, raw, answers: [status], arrivals: [] };
}

/** A GET whose head has these lines besides Host. */
const get = (...lines: string[]): string =>
  ['GET / HTTP/1.1', 'Host: a', ...lines, '', ''].join('\r\n');

const line = (requestLine: string): string => `${requestLine}\r\nHost: a\r\n\r\n`;

const host = (value: string): string => `GET / HTTP/1.1\r\nHost:${value}\r\n\r\n`;

const post = (fields: string, body: string): string =>
  `POST / HTTP/1.1\r\nHost: a\r\n${fields}\r\n${body}`;

const chunked = (body: string): string => post('Transfer-Encoding: chunked\r\n', body);

const requestLines: RequestCase[] = [
  passes('a plain request', line('GET / HTTP/1.1')),
  passes('a query', line('GET /a?b=c&d=%20 HTTP/1.1'), { line: 'GET /a?b=c&d=%20 HTTP/1.1' }),
  passes('a query with a question mark', line('GET /?a?b HTTP/1.1'), { line: 'GET /?a?b HTTP/1.1' }),
  passes('escapes as they were sent', line('GET /%7ea/%41 HTTP/1.1'), {
    line: 'GET /%7ea/%41 HTTP/1.1',
  }),
  passes('an empty segment', line('GET //a//b HTTP/1.1'), { line: 'GET //a//b HTTP/1.1' }),
  passes('visible ASCII that should have been escaped', line('GET /{a}|"<b>^`\\ HTTP/1.1'), {
    line: 'GET /{a}|"<b>^`\\ HTTP/1.1',
  }),
  passes('HTTP/1.0 with a host', line('GET / HTTP/1.0')),
  passes('an extension method', line('M-SEARCH / HTTP/1.1'), { line: 'M-SEARCH / HTTP/1.1' }),
  passes('OPTIONS of the server', line('OPTIONS * HTTP/1.1'), { line: 'OPTIONS * HTTP/1.1' }),
  passes('absolute-form that agrees with Host', line('GET http://a/x?y HTTP/1.1'), {
    line: 'GET /x?y HTTP/1.1',
  }),
  passes('absolute-form in upper case', line('GET HTTPS://A/x HTTP/1.1'), {
    line: 'GET /x HTTP/1.1',
  }),
  passes('absolute-form without a path', line('GET http://a HTTP/1.1')),
  passes('absolute-form with a query alone', line('GET http://a?b HTTP/1.1'), {
    line: 'GET /?b HTTP/1.1',
  }),
  passes('absolute-form of OPTIONS of the server', line('OPTIONS http://a HTTP/1.1'), {
    line: 'OPTIONS * HTTP/1.1',
  }),
  passes('an empty line before the request', `\r\n${line('GET / HTTP/1.1')}`),
  passes('a target of 8 KiB', line(`GET /${'x'.repeat(8192)} HTTP/1.1`), {
    line: `GET /${'x'.repeat(8192)} HTTP/1.1`,
  }),
  refuses('two empty lines before the request', `\r\n\r\n${line('GET / HTTP/1.1')}`),
  refuses('a bare LF before the request', `\n${line('GET / HTTP/1.1')}`),
  refuses('a space before the method', line(' GET / HTTP/1.1')),
  refuses('no method', line('/ HTTP/1.1')),
  refuses('a method with a parenthesis', line('G(T / HTTP/1.1')),
  refuses('a method in lower case, which some servers take for another', line('get / HTTP/1.1')),
  refuses('a method with a letter in lower case', line('GEt / HTTP/1.1')),
  refuses('a method with a dot', line('GE.T / HTTP/1.1')),
  refuses('a method with a digit', line('GET1 / HTTP/1.1')),
  refuses('a method with a NUL', line('GE\0T / HTTP/1.1')),
  refuses('no target', line('GET HTTP/1.1')),
  refuses('an empty target', line('GET  HTTP/1.1')),
  refuses('two spaces before the version', line('GET /  HTTP/1.1')),
  refuses('a tab after the method', line('GET\t/ HTTP/1.1')),
  refuses('a tab before the version', line('GET /\tHTTP/1.1')),
  refuses('a space after the version', line('GET / HTTP/1.1 ')),
  refuses('a space in the target', line('GET /a b HTTP/1.1')),
  refuses('a control character in the target', line('GET /\x01 HTTP/1.1')),
  refuses('a DEL in the target', line('GET /\x7f HTTP/1.1')),
  refuses('a NUL in the target', line('GET /\0 HTTP/1.1')),
  refuses('a bare CR in the target', line('GET /\r HTTP/1.1')),
  refuses('a non-ASCII byte in the target', line('GET /\xe4 HTTP/1.1')),
  refuses('a fragment', line('GET /#a HTTP/1.1')),
  refuses('a relative target', line('GET a/b HTTP/1.1')),
  refuses('authority-form', line('GET a:443 HTTP/1.1')),
  refuses('CONNECT', line('CONNECT a:443 HTTP/1.1')),
  refuses('CONNECT in origin-form', line('CONNECT / HTTP/1.1')),
  refuses('the asterisk without OPTIONS', line('GET * HTTP/1.1')),
  refuses('absolute-form of another scheme', line('GET ftp://a/ HTTP/1.1')),
  refuses('absolute-form with a user', line('GET http://u@a/ HTTP/1.1')),
  refuses('absolute-form without a host', line('GET http:///x HTTP/1.1')),
  refuses('absolute-form that disagrees with Host', line('GET http://b/ HTTP/1.1')),
  refuses('absolute-form with another port', line('GET http://a:81/ HTTP/1.1')),
  refuses('absolute-form without Host', 'GET http://a/ HTTP/1.1\r\n\r\n'),
  refuses('HTTP/0.9', 'GET /\r\n\r\n'),
  refuses('no version but a space', line('GET / ')),
  refuses('a version in lower case', line('GET / http/1.1')),
  refuses('a version of two digits', line('GET / HTTP/1.10')),
  refuses('a version without a dot', line('GET / HTTP/11')),
  refuses('a version with a sign', line('GET / HTTP/+1.1')),
  refuses('HTTP/1.2', line('GET / HTTP/1.2'), 505),
  refuses('HTTP/2.0', line('GET / HTTP/2.0'), 505),
  refuses('the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505),
  refuses('a request line that ends in LF', 'GET / HTTP/1.1\nHost: a\r\n\r\n'),
  refuses('lines that all end in LF', 'GET / HTTP/1.1\nHost: a\n\n'),
  refuses('a request line that ends in CR', 'GET / HTTP/1.1\rHost: a\r\n\r\n'),
  refuses('a request line that ends in CR CR LF', 'GET / HTTP/1.1\r\r\nHost: a\r\n\r\n'),
];

const hosts: RequestCase[] = [
  passes('a host with a port', host(' a:9443'), { host: 'a:9443' }),
  passes('a host without the space', host('a')),
  passes('a host between tabs', host('\ta\t')),
  passes('a host in upper case', host(' EXAMPLE.com'), { host: 'EXAMPLE.com' }),
  passes('a host with a trailing dot', host(' a.'), { host: 'a.' }),
  passes('a host with an underscore', host(' a_b'), { host: 'a_b' }),
  passes('an IPv4 host', host(' 10.0.0.1:80'), { host: '10.0.0.1:80' }),
  passes('an IPv6 host', host(' [::1]:80'), { host: '[::1]:80' }),
  passes('Host in upper case', 'GET / HTTP/1.1\r\nHOST: a\r\n\r\n'),
  refuses('no host', 'GET / HTTP/1.1\r\n\r\n'),
  refuses('no host in HTTP/1.0', 'GET / HTTP/1.0\r\n\r\n'),
  refuses('an empty host', host('')),
  refuses('a host of spaces', host('   ')),
  refuses('two hosts', get('Host: b')),
  refuses('the same host twice', get('Host: a')),
  refuses('a list of hosts', host(' a, b')),
  refuses('a host with a space', host(' a b')),
  refuses('a host with a user', host(' u@a')),
  refuses('a host with a path', host(' a/b')),
  refuses('a host with a query', host(' a?b')),
  refuses('a host with an escape', host(' a%2eb')),
  refuses('a host that is a URL', host(' http://a')),
  refuses('a host of non-ASCII bytes', host(' \xe4')),
  refuses('a host with a NUL', host(' a\0b')),
  refuses('an empty port', host(' a:')),
  refuses('a port of letters', host(' a:x')),
  refuses('a port with a sign', host(' a:+1')),
  refuses('port 0', host(' a:0')),
  refuses('port 65536', host(' a:65536')),
  refuses('two ports', host(' a:1:2')),
  refuses('a port without a host', host(' :80')),
  refuses('an IPv6 host without brackets', host(' ::1')),
  refuses('an IPv6 host that is none', host(' [::x]')),
  refuses('an IPv6 host with a zone', host(' [fe80::1%25eth0]')),
  refuses('an IPv6 host without its end', host(' [::1')),
  refuses('text behind an IPv6 host', host(' [::1]a')),
  refuses('a space before the colon of Host', 'GET / HTTP/1.1\r\nHost : a\r\n\r\n'),
];

const lengths: RequestCase[] = [
  passes('a body by length', post('Content-Length: 5\r\n', 'hello'), FIVE),
  passes('a length of 0', post('Content-Length: 0\r\n', ''), {
    ...POST,
    framing: 'Content-Length: 0\r\n',
  }),
  passes('a POST without a length', post('', ''), { ...POST, framing: 'Content-Length: 0\r\n' }),
  passes('a length with leading zeros', post('Content-Length: 0005\r\n', 'hello'), FIVE),
  passes('a length between spaces', post('Content-Length: \t5 \r\n', 'hello'), FIVE),
  passes('a length in another case', post('cOnTeNt-LeNgTh: 5\r\n', 'hello'), FIVE),
  passes('a GET with a body', 'GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello', {
    framing: 'Content-Length: 5\r\n',
    body: 'hello',
  }),
  passes('a body in HTTP/1.0', 'POST / HTTP/1.0\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello', FIVE),
  passes('Content_Length as a field of its own', get('Content_Length: 5')),
  refuses('two lengths', post('Content-Length: 5\r\nContent-Length: 6\r\n', 'hello')),
  refuses('the same length twice', post('Content-Length: 5\r\nContent-Length: 5\r\n', 'hello')),
  refuses('a list of lengths', post('Content-Length: 5, 5\r\n', 'hello')),
  refuses('an empty length', post('Content-Length:\r\n', '')),
  refuses('a length with a plus', post('Content-Length: +5\r\n', 'hello')),
  refuses('a negative length', post('Content-Length: -5\r\n', 'hello')),
  refuses('a negative zero', post('Content-Length: -0\r\n', '')),
  refuses('a hexadecimal length', post('Content-Length: 0x5\r\n', 'hello')),
  refuses('a fraction', post('Content-Length: 5.0\r\n', 'hello')),
  refuses('an exponent', post('Content-Length: 5e0\r\n', 'hello')),
  refuses('two numbers', post('Content-Length: 5 5\r\n', 'hello')),
  refuses('a length with an underscore', post('Content-Length: 1_0\r\n', 'hello')),
  refuses('a length of 2^53', post('Content-Length: 9007199254740992\r\n', '')),
  refuses('a length of 2^64 + 5', post('Content-Length: 18446744073709551621\r\n', 'hello')),
  refuses('a length of 40 zeros and a 5', post(`Content-Length: ${'0'.repeat(40)}5\r\n`, 'hello')),
  refuses('a length of other digits', post('Content-Length: \xb2\r\n', 'xx')),
  refuses('a length on two lines', post('Content-Length:\r\n 5\r\n', 'hello')),
];

const codings: RequestCase[] = [
  passes('a chunked body', chunked('5\r\nhello\r\n0\r\n\r\n'), CHUNKED),
  passes('chunked in another case', post('transfer-encoding: CHUNKED\r\n', '5\r\nhello\r\n0\r\n\r\n'), CHUNKED),
  passes('chunked between spaces', post('Transfer-Encoding: \t chunked \r\n', '0\r\n\r\n'), {
    ...CHUNKED,
    body: '0\r\n\r\n',
  }),
  passes('Transfer_Encoding as a field of its own', get('Transfer_Encoding: chunked')),
  refuses('a length and a coding', post('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n')),
  refuses('a coding and a length', post('Transfer-Encoding: chunked\r\nContent-Length: 5\r\n', '0\r\n\r\n')),
  refuses('a length of 0 and a coding', post('Content-Length: 0\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n')),
  refuses('a length and a coding in HTTP/1.0', 'POST / HTTP/1.0\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'),
  refuses('a coding in HTTP/1.0', 'POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'),
  refuses('chunked in two fields', post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n')),
  refuses('chunked twice', post('Transfer-Encoding: chunked, chunked\r\n', '0\r\n\r\n')),
  refuses('chunked and another field with identity', post('Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n', '0\r\n\r\n')),
  refuses('gzip before chunked', post('Transfer-Encoding: gzip, chunked\r\n', '0\r\n\r\n')),
  refuses('chunked before gzip', post('Transfer-Encoding: chunked, gzip\r\n', '0\r\n\r\n')),
  refuses('gzip alone', post('Transfer-Encoding: gzip\r\n', '')),
  refuses('identity', post('Transfer-Encoding: identity\r\n', '')),
  refuses('an empty coding', post('Transfer-Encoding:\r\n', '')),
  refuses('chunked and a comma', post('Transfer-Encoding: chunked,\r\n', '0\r\n\r\n')),
  refuses('a comma and chunked', post('Transfer-Encoding: ,chunked\r\n', '0\r\n\r\n')),
  refuses('chunked with a parameter', post('Transfer-Encoding: chunked;a=b\r\n', '0\r\n\r\n')),
  refuses('chunked in quotes', post('Transfer-Encoding: "chunked"\r\n', '0\r\n\r\n')),
  refuses('chunked behind a vertical tab', post('Transfer-Encoding: \x0bchunked\r\n', '0\r\n\r\n')),
  refuses('chunked before a no-break space', post('Transfer-Encoding: chunked\xa0\r\n', '0\r\n\r\n')),
  refuses('chunked on the next line', post('Transfer-Encoding:\r\n chunked\r\n', '0\r\n\r\n')),
  refuses('a coding with a space before its colon', post('Transfer-Encoding : chunked\r\n', '0\r\n\r\n')),
  refuses('a coding behind a NUL', post('Transfer-Encoding: \0chunked\r\n', '0\r\n\r\n')),
  refuses('a coding nobody knows', post('Transfer-Encoding: xchunked\r\n', '0\r\n\r\n'), 501),
  refuses('a coding nobody knows before chunked', post('Transfer-Encoding: br2, chunked\r\n', '0\r\n\r\n'), 501),
];

const chunks: RequestCase[] = [
  passes('several chunks', chunked('2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n'), {
    ...CHUNKED,
    body: '2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n',
  }),
  passes('a size in upper case with zeros', chunked('00A\r\nhellohello\r\n000\r\n\r\n'), {
    ...CHUNKED,
    body: 'a\r\nhellohello\r\n0\r\n\r\n',
  }),
  passes('data that looks like a chunk', chunked('5\r\n0\r\n\r\n\r\n0\r\n\r\n'), {
    ...CHUNKED,
    body: '5\r\n0\r\n\r\n\r\n0\r\n\r\n',
  }),
  passes('extensions, which end here', chunked('5;a;b=c;d="e\\";f"\r\nhello\r\n0;x=y\r\n\r\n'), CHUNKED),
  passes('trailers', chunked('0\r\nX-Sum: 1\r\nX-More:\r\n\r\n'), {
    ...CHUNKED,
    body: '0\r\nX-Sum: 1\r\nX-More:\r\n\r\n',
  }),
  passes(
    'trailers without those that frame, route, authenticate or identify',
    chunked(
      '0\r\nContent-Length: 5\r\nX-Sum: 1\r\nTransfer-Encoding: chunked\r\nHost: b\r\nAuthorization: x\r\n' +
        'X-Client-User: root\r\nx_client_user: root\r\nX-Forwarded-For: 1\r\nClient-Cert: :AA==:\r\nConnection: close\r\n' +
        'Content-Type: x\r\nCookie: a\r\nSet-Cookie: a\r\n\r\n',
    ),
    { ...CHUNKED, body: '0\r\nX-Sum: 1\r\n\r\n' },
  ),
  refuses('an empty size', chunked('\r\nhello\r\n0\r\n\r\n')),
  refuses('a size with a prefix', chunked('0x5\r\nhello\r\n0\r\n\r\n')),
  refuses('a size with a plus', chunked('+5\r\nhello\r\n0\r\n\r\n')),
  refuses('a negative size', chunked('-5\r\nhello\r\n0\r\n\r\n')),
  refuses('a space before the size', chunked(' 5\r\nhello\r\n0\r\n\r\n')),
  refuses('a space behind the size', chunked('5 \r\nhello\r\n0\r\n\r\n')),
  refuses('a tab behind the size', chunked('5\t;a\r\nhello\r\n0\r\n\r\n')),
  refuses('a size with an underscore', chunked('1_0\r\nhello\r\n0\r\n\r\n')),
  refuses('a size that is no number', chunked('g\r\nhello\r\n0\r\n\r\n')),
  refuses('a size of 2^64 + 5', chunked('10000000000000005\r\nhello\r\n0\r\n\r\n')),
  refuses('a size of 20 zeros', chunked(`${'0'.repeat(20)}\r\n\r\n`)),
  refuses('a size that ends in LF', chunked('5\nhello\r\n0\r\n\r\n')),
  refuses('a size that ends in CR', chunked('5\rhello\r\n0\r\n\r\n')),
  refuses('data that is too long', chunked('5\r\nhellos\r\n0\r\n\r\n')),
  refuses('data that ends in LF', chunked('5\r\nhello\n0\r\n\r\n')),
  refuses('data that ends in CR', chunked('5\r\nhello\r0\r\n\r\n')),
  refuses('data without an end', chunked('5\r\nhello0\r\n\r\n')),
  refuses('an extension without a name', chunked('5;\r\nhello\r\n0\r\n\r\n')),
  refuses('an extension that is no token', chunked('5;a b\r\nhello\r\n0\r\n\r\n')),
  refuses('an extension without a value', chunked('5;a=\r\nhello\r\n0\r\n\r\n')),
  refuses('an extension with an LF in it', chunked('5;a\nhello\r\n0\r\n\r\n')),
  refuses('an extension with an LF in quotes', chunked('5;a="\n"\r\nhello\r\n0\r\n\r\n')),
  refuses('an extension with text behind quotes', chunked('5;a="b"c\r\nhello\r\n0\r\n\r\n')),
  refuses('an extension of 20 KiB', chunked(`5;${'a'.repeat(20_480)}\r\nhello\r\n0\r\n\r\n`)),
  refuses('extensions of 20 KiB in all', chunked(`${`1;${'a'.repeat(99)}\r\nx\r\n`.repeat(200)}0\r\n\r\n`)),
  refuses('a trailer with a space before its colon', chunked('0\r\nX-A : b\r\n\r\n')),
  refuses('a trailer that is continued', chunked('0\r\nX-A: b\r\n c\r\n\r\n')),
  refuses('a trailer without a colon', chunked('0\r\nX-A\r\n\r\n')),
  refuses('a trailer with a bare LF', chunked('0\r\nX-A: b\nX-B: c\r\n\r\n')),
  refuses('a trailer with a bare LF, and no end', chunked('0\r\nX-A: b\n')),
  refuses('a bare LF in place of the trailers', chunked('0\r\n\n')),
  refuses('a trailer with a NUL', chunked('0\r\nX-A: \0\r\n\r\n')),
  refuses('a trailer section of 10 KiB', chunked(`0\r\nX-A: ${'a'.repeat(10_240)}\r\n\r\n`)),
  refuses('101 trailers', chunked(`0\r\n${'A: b\r\n'.repeat(101)}\r\n`)),
];

const fields: RequestCase[] = [
  passes('fields as they were sent', get('Accept: */*', 'x-A:b', 'X-B: \t c \t', 'X-C:'), {
    fields: 'Accept: */*\r\nx-A:b\r\nX-B: \t c \t\r\nX-C:\r\n',
  }),
  passes('bytes above 0x7f in a value', get('X-A: \xe4\xff'), { fields: 'X-A: \xe4\xff\r\n' }),
  passes('every token character in a name', get("!#$%&'*+-.^_`|~09azAZ: b"), {
    fields: "!#$%&'*+-.^_`|~09azAZ: b\r\n",
  }),
  passes('a field twice', get('X-A: 1', 'X-A: 2'), { fields: 'X-A: 1\r\nX-A: 2\r\n' }),
  passes('100 fields', get(...Array.from({ length: 99 }, (_, i) => `X-${i}: a`)), {
    fields: Array.from({ length: 99 }, (_, i) => `X-${i}: a\r\n`).join(''),
  }),
  passes('a head of 32 KiB', get(`X-A: ${'a'.repeat(32_768 - 34)}`), {
    fields: `X-A: ${'a'.repeat(32_768 - 34)}\r\n`,
  }),
  refuses('101 fields', get(...Array.from({ length: 100 }, (_, i) => `X-${i}: a`)), 431),
  refuses('a head of 32 KiB and a byte', get(`X-A: ${'a'.repeat(32_768 - 33)}`), 431),
  refuses('a head without an end', `GET / HTTP/1.1\r\nX-A: ${'a'.repeat(40_000)}`, 431),
  refuses('a field that is continued', get('X-A: b', ' c')),
  refuses('a field that is continued after a tab', get('X-A: b', '\tc')),
  refuses('a first field that is continued', 'GET / HTTP/1.1\r\n X-A: b\r\nHost: a\r\n\r\n'),
  refuses('a space before the colon', get('X-A : b')),
  refuses('a tab before the colon', get('X-A\t: b')),
  refuses('an empty name', get(': b')),
  refuses('a line without a colon', get('X-A')),
  refuses('a name in brackets', get('X[A]: b')),
  refuses('a name with a space', get('X A: b')),
  refuses('a name with a slash', get('X/A: b')),
  refuses('a name in quotes', get('"X-A": b')),
  refuses('a name with a NUL', get('X\0A: b')),
  refuses('a name with a non-ASCII byte', get('X-\xc4: b')),
  refuses('a NUL in a value', get('X-A: b\0c')),
  refuses('a control character in a value', get('X-A: b\x01c')),
  refuses('an escape character in a value', get('X-A: \x1b[31m')),
  refuses('a DEL in a value', get('X-A: b\x7fc')),
  refuses('a bare CR in a value', get('X-A: b\rc')),
  refuses('a bare CR that hides a field', get('X-A: b\rTransfer-Encoding: chunked')),
  refuses('a bare LF that hides a field', get('X-A: b\nTransfer-Encoding: chunked')),
  refuses('a line that ends in LF', 'GET / HTTP/1.1\r\nHost: a\nX-A: b\r\n\r\n'),
  refuses('a line that ends in CR CR LF', 'GET / HTTP/1.1\r\nHost: a\r\r\n\r\n'),
  refuses('a blank line that is a bare LF', 'GET / HTTP/1.1\r\nHost: a\r\n\n'),
];

const hopByHop: RequestCase[] = [
  passes('fields that belong to the connection', get('Connection: keep-alive', 'Keep-Alive: timeout=5', 'TE: trailers', 'Proxy-Connection: keep-alive', 'Proxy-Authorization: x', 'Proxy: x', 'X-A: b'), {
    fields: 'X-A: b\r\n',
  }),
  passes('an upgrade to another protocol, as if it had not asked', get('Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__')),
  passes('an upgrade to WebSocket among others, as if it had not asked', get('Connection: Upgrade', 'Upgrade: websocket, h2c')),
  passes('an upgrade that Connection does not name, as if it had not asked', get('Upgrade: websocket')),
  passes('what Connection names, wherever it stands', get('X-A: 1', 'connection: x-a, close', 'X-B: 2', 'X-a: 3', 'Connection: X-C', 'x-c: 4'), {
    fields: 'X-B: 2\r\n',
  }),
  passes('Connection with empty elements', get('Connection: , ,x-a,', 'X-A: 1', 'X-B: 2'), { fields: 'X-B: 2\r\n' }),
  passes('Connection that names Host', get('Connection: Host')),
  passes('Connection that names Content-Length', post('Connection: Content-Length\r\nContent-Length: 5\r\n', 'hello'), FIVE),
  passes('Connection that names Transfer-Encoding', post('Connection: transfer-encoding\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'), {
    ...CHUNKED,
    body: '0\r\n\r\n',
  }),
  passes('Connection that names the identity fields', get('Connection: close, X-Client-User, X-Client-Verify, X-Forwarded-For, X-Forwarded-Host')),
  refuses('Connection that is no list of tokens', get('Connection: "close"')),
  refuses('Connection with two tokens in one element', get('Connection: close keep-alive')),
];

const identity: RequestCase[] = [
  'X-Client-User: root',
  'x-client-user: root',
  'X-CLIENT-USER:root',
  'X_Client_User: root',
  'x_client-user: root',
  'X-Client_User: root',
  'X.Client.User: root',
  'X-Client-DN: CN=root',
  'X_CLIENT_DN: CN=root',
  'X-Client-Verify: SUCCESS',
  'X-Client-Verify:',
  'X-Client-Cert: x',
  'X-Forwarded-For: 1.2.3.4',
  'X_Forwarded_For: 1.2.3.4',
  'X-Forwarded-Proto: https',
  'X-Forwarded-Host: b',
  'X-Forwarded-Client-Cert: Hash=00',
  'X_Forwarded_Client_Cert: Hash=00',
  'X-Forwarded-User: root',
  'Forwarded: for=1.2.3.4',
  'Client-Cert: :AA==:',
  'client_cert: :AA==:',
  'Client-Cert-Chain: :AA==:',
  'X-Real-IP: 1.2.3.4',
].map((field) => passes(`the identity field ${field}, which ends here`, get('X-A: 1', field, 'X-B: 2'), {
  fields: 'X-A: 1\r\nX-B: 2\r\n',
}));

const neighbours: RequestCase[] = ['X-Clients: 1', 'XClient-User: a', 'X-Request-Id: 1', 'Client-Certs: 1', 'X-Forwarding: 1', 'Expectation: 1'].map(
  (field) => passes(`the field ${field.split(':')[0]}, which only looks like one of ours`, get(field), { fields: `${field}\r\n` }),
);

const expectations: RequestCase[] = [
  {
    name: 'an expectation, answered before the body comes',
    raw: post('Content-Length: 5\r\nExpect: 100-continue\r\n', 'hello'),
    answers: [200],
    arrivals: [FIVE],
  },
  passes('an expectation without a body', get('Expect: 100-Continue')),
  passes('an expectation in HTTP/1.0, which has none', 'GET / HTTP/1.0\r\nHost: a\r\nExpect: x\r\n\r\n'),
  refuses('another expectation', get('Expect: 200-ok'), 417),
  refuses('two expectations', get('Expect: 100-continue', 'Expect: 100-continue'), 417),
];

const sequences: RequestCase[] = [
  {
    name: 'two requests at once',
    raw: `${line('GET /1 HTTP/1.1')}${line('GET /2 HTTP/1.1')}`,
    answers: [200, 200],
    arrivals: [
      { ...GET, line: 'GET /1 HTTP/1.1' },
      { ...GET, line: 'GET /2 HTTP/1.1' },
    ],
  },
  {
    name: 'a body and a further request',
    raw: `${post('Content-Length: 5\r\n', 'hello')}${line('GET /2 HTTP/1.1')}`,
    answers: [200, 200],
    arrivals: [FIVE, { ...GET, line: 'GET /2 HTTP/1.1' }],
  },
  {
    name: 'a chunked body and a further request',
    raw: `${chunked('5\r\nhello\r\n0\r\n\r\n')}${line('GET /2 HTTP/1.1')}`,
    answers: [200, 200],
    arrivals: [CHUNKED, { ...GET, line: 'GET /2 HTTP/1.1' }],
  },
  {
    name: 'a body that looks like a request',
    raw: post('Content-Length: 28\r\n', line('GET /2 HTTP/1.1')),
    answers: [200],
    arrivals: [{ ...POST, framing: 'Content-Length: 28\r\n', body: line('GET /2 HTTP/1.1') }],
  },
  {
    name: 'a request behind Connection: close, which is not read',
    raw: `${get('Connection: close')}${line('GET /2 HTTP/1.1')}`,
    answers: [200],
    arrivals: [GET],
  },
  {
    name: 'a request behind HTTP/1.0, which is not read',
    raw: `${line('GET / HTTP/1.0')}${line('GET /2 HTTP/1.1')}`,
    answers: [200],
    arrivals: [GET],
  },
  {
    name: 'two requests of HTTP/1.0 that keep the connection',
    raw: `GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n${line('GET / HTTP/1.0')}`,
    answers: [200, 200],
    arrivals: [GET, GET],
  },
  {
    name: 'bytes behind a request that are none',
    raw: `${line('GET / HTTP/1.1')}hello\r\n\r\n`,
    answers: [200, 400],
    arrivals: [GET],
  },
  {
    name: 'a body without a length, which is a malformed request',
    raw: `${post('', 'hello\r\n\r\n')}`,
    answers: [200, 400],
    arrivals: [{ ...POST, framing: 'Content-Length: 0\r\n' }],
  },
  {
    name: 'a request behind a malformed one, which is not read',
    raw: `${get('X A: b')}${line('GET /2 HTTP/1.1')}`,
    answers: [400],
    arrivals: [],
  },
];

export const requestCases: readonly RequestCase[] = [
  ...requestLines,
  ...hosts,
  ...lengths,
  ...codings,
  ...chunks,
  ...fields,
  ...hopByHop,
  ...identity,
  ...neighbours,
  ...expectations,
  ...sequences,
];
