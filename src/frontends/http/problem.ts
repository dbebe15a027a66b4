import type { ResponseHead } from './exchange.ts';

/** A whole response that says what went wrong. */
export interface Problem {
  readonly head: ResponseHead;
  readonly body: Buffer;
}

const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  413: 'Content Too Large',
  414: 'URI Too Long',
  416: 'Range Not Satisfiable',
  417: 'Expectation Failed',
  421: 'Misdirected Request',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  505: 'HTTP Version Not Supported',
};

/**
 * An answer in application/problem+json (RFC 9457). `handshakeId` finds the connection again in the
 * log and the dashboard; the texts are for the client and must hold nothing that only the operator
 * may know. It is never stored by a cache.
 */
export function problemResponse(
  status: number,
  title: string,
  detail: string,
  handshakeId: string,
): Problem {
  const document = { type: 'about:blank', title, status, detail, handshakeId };
  const body = Buffer.from(`${JSON.stringify(document)}\n`);
  return {
    head: {
      status,
      reason: reasonPhrase(status),
      fields: `Date: ${httpDate()}\r\nContent-Type: application/problem+json\r\nCache-Control: no-store\r\n`,
      body: { kind: 'length', length: body.length },
    },
    body,
  };
}

/** The usual reason phrase of an error status; empty where there is none. */
export function reasonPhrase(status: number): string {
  return REASONS[status] ?? '';
}

let dateSecond = 0;
let dateText = '';

/** The time as a Date field has it (RFC 9110 section 5.6.7); printed once a second. */
export function httpDate(): string {
  const second = Math.floor(Date.now() / 1000);
  if (second !== dateSecond) {
    dateSecond = second;
    dateText = new Date(second * 1000).toUTCString();
  }
  return dateText;
}
