/** Why a head or a body was refused; one code a rule. */
export type WireFault =
  | 'bad-request-line'
  | 'bad-status-line'
  | 'bad-method'
  | 'bad-target'
  | 'bad-version'
  | 'unsupported-version'
  | 'connect'
  | 'bad-field-name'
  | 'bad-field-value'
  | 'folded-field'
  | 'bare-lf'
  | 'head-too-long'
  | 'too-many-fields'
  | 'no-host'
  | 'two-hosts'
  | 'bad-host'
  | 'host-mismatch'
  | 'bad-length'
  | 'two-lengths'
  | 'length-and-coding'
  | 'bad-coding'
  | 'unknown-coding'
  | 'coding-in-1.0'
  | 'bad-connection'
  | 'unknown-expectation'
  | 'bad-chunk'
  | 'bad-trailer'
  | 'trailer-too-long';

/** A message that is not passed on. `status` is the answer to a client that sent it. */
export interface WireRefusal {
  readonly kind: 'refused';
  readonly fault: WireFault;
  readonly status: 400 | 417 | 431 | 501 | 505;
  /** One line in plain words; holds nothing of the message itself. */
  readonly detail: string;
}

const DETAILS: Readonly<Record<WireFault, string>> = {
  'bad-request-line': 'The request line is not METHOD SP TARGET SP VERSION.',
  'bad-status-line': 'The status line is not VERSION SP STATUS SP REASON.',
  'bad-method': 'The method is not an upper-case word.',
  'bad-target': 'The request-target is not valid for this method.',
  'bad-version': 'The HTTP version is malformed.',
  'unsupported-version': 'Only HTTP/1.0 and HTTP/1.1 are spoken here.',
  connect: 'CONNECT is not served here.',
  'bad-field-name': 'A field name is empty, is not a token, or has a space before its colon.',
  'bad-field-value': 'A field value holds a control character.',
  'folded-field': 'A field is continued on a further line.',
  'bare-lf': 'A line ends in LF without CR.',
  'head-too-long': 'The head is too long.',
  'too-many-fields': 'The head has too many fields.',
  'no-host': 'The Host field is missing.',
  'two-hosts': 'There is more than one Host field.',
  'bad-host': 'The Host field is malformed.',
  'host-mismatch': 'The request-target names another host than the Host field.',
  'bad-length': 'Content-Length is not a decimal number in range.',
  'two-lengths': 'There is more than one Content-Length.',
  'length-and-coding': 'Both Content-Length and Transfer-Encoding are present.',
  'bad-coding': 'Transfer-Encoding is not a single "chunked".',
  'unknown-coding': 'The transfer coding is not known here.',
  'coding-in-1.0': 'HTTP/1.0 has no Transfer-Encoding.',
  'bad-connection': 'The Connection field is not a list of tokens.',
  'unknown-expectation': 'The expectation is not known here.',
  'bad-chunk': 'The chunked body is malformed.',
  'bad-trailer': 'A trailer field is malformed.',
  'trailer-too-long': 'The trailer section is too long.',
};

const STATUSES: Partial<Record<WireFault, WireRefusal['status']>> = {
  'head-too-long': 431,
  'too-many-fields': 431,
  'unknown-coding': 501,
  'unsupported-version': 505,
  'unknown-expectation': 417,
};

/** The refusal for a fault. */
export function refuse(fault: WireFault): WireRefusal {
  return { kind: 'refused', fault, status: STATUSES[fault] ?? 400, detail: DETAILS[fault] };
}
