import fc from 'fast-check';

/** What breaks parsers: line ends, separators, controls, fields and sizes where none belong. */
const SPLICES = [
  ...'\r\n\0 \t:;,"\\/%#?*@[]()=+-_.\x0b\x0c\x1b\x7f\x80\xa0\xff09afgx'.split(''),
  '\r\n',
  '\r\n\r\n',
  '\r\n ',
  'chunked',
  'Content-Length: 3\r\n',
  'Content-Length: 0\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Host: b\r\n',
  'Connection: close\r\n',
  'Expect: 100-continue\r\n',
  'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
  '0\r\n\r\n',
  'HTTP/1.0',
  'HTTP/1.1',
];

interface Edit {
  readonly at: number;
  readonly removed: number;
  readonly splice: string;
}

/** Texts from the corpus with up to four edits each. */
export function mutationsOf(corpus: readonly string[]): fc.Arbitrary<string> {
  const edit = fc.record({
    at: fc.nat(4000),
    removed: fc.oneof(fc.constant(0), fc.nat(3)),
    splice: fc.oneof(fc.constantFrom(...SPLICES), fc.constant('')),
  });
  return fc
    .tuple(fc.constantFrom(...corpus), fc.array(edit, { maxLength: 4 }))
    .map(([text, edits]) => edits.reduce(apply, text));
}

function apply(text: string, { at, removed, splice }: Edit): string {
  const index = at % (text.length + 1);
  return text.slice(0, index) + splice + text.slice(index + removed);
}
