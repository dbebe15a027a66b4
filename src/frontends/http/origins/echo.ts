import { isUtf8 } from 'node:buffer';
import type { BodyReceiver, Exchange, Origin } from '../exchange.ts';
import { identityFields } from '../identity-fields.ts';
import type { IdentityHeaderOptions } from '../options.ts';
import { httpDate } from '../problem.ts';
import { fieldLines } from '../wire/field-lines.ts';

/** Most bytes of a request body that are sent back; of a longer one only the length is. */
const MAX_ECHOED_BODY = 64 * 1024;

const PLAIN_IDENTITY: IdentityHeaderOptions = {
  clientCert: false,
  clientCertChain: false,
  xfcc: false,
};

/**
 * The built-in upstream `echo:`. Answers any request with JSON that says what an HTTP upstream would
 * have seen: `method`, `path`, `query`, `http_version`, `headers` (lower-case names, repeated ones
 * joined, the identity fields among them), `body` (text; null where it isn't UTF-8 or is over 64 KiB) and `body_bytes`, and who asked:
 * `remote_address`, `remote_port`, `tls_version`, `handshake_id` and `peer` with `subject`, `sans`,
 * `user`, `verify` and `fingerprint`, null where there is no certificate.
 */
export class Echo implements Origin {
  handle(exchange: Exchange): void {
    if (exchange.request.body.kind === 'none') answer(exchange, [], 0);
    else exchange.receiveBody(new EchoedBody(exchange));
  }
}

class EchoedBody implements BodyReceiver {
  readonly #exchange: Exchange;
  #parts: Buffer[] = [];
  #length = 0;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  data(bytes: Buffer): boolean {
    this.#length += bytes.length;
    if (this.#length > MAX_ECHOED_BODY) this.#parts = [];
    else this.#parts.push(Buffer.from(bytes));
    return true;
  }

  end(): void {
    answer(this.#exchange, this.#parts, this.#length);
  }

  abort(): void {
    this.#parts = [];
  }
}

function answer(exchange: Exchange, parts: readonly Buffer[], length: number): void {
  const body = Buffer.concat(parts);
  const text = body.length === length && isUtf8(body) ? body.toString() : null;
  const bytes = Buffer.from(`${JSON.stringify(report(exchange, text, length), null, 2)}\n`);
  const isHead = exchange.request.method === 'HEAD';
  exchange.respond({
    status: 200,
    reason: 'OK',
    fields: `Date: ${httpDate()}\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n`,
    body: { kind: isHead ? 'none' : 'length', length: bytes.length },
  });
  if (!isHead) exchange.write(bytes);
  exchange.end('');
}

function report({ request, client }: Exchange, body: string | null, length: number): object {
  const mark = request.target.indexOf('?');
  return {
    method: request.method,
    path: mark < 0 ? request.target : request.target.slice(0, mark),
    query: mark < 0 ? '' : request.target.slice(mark + 1),
    http_version: request.version,
    headers: headersOf(
      `Host: ${request.authority}\r\n${request.fields}` +
        identityFields(client, PLAIN_IDENTITY, request.authority),
    ),
    body,
    body_bytes: length,
    remote_address: client.remoteAddress,
    remote_port: client.remotePort,
    tls_version: client.tlsVersion,
    handshake_id: client.handshakeId,
    peer: {
      subject: client.subject === '' ? null : client.subject,
      sans: client.sans,
      user: client.user,
      verify: client.verification,
      fingerprint: client.fingerprint === '' ? null : client.fingerprint,
    },
  };
}

function headersOf(fields: string): Record<string, string> {
  const headers: Record<string, string> = Object.create(null);
  for (const line of fieldLines(fields)) {
    const name = line.name.toLowerCase();
    const before = headers[name];
    if (before === undefined) headers[name] = line.value;
    else headers[name] = `${before}${name === 'cookie' ? '; ' : ', '}${line.value}`;
  }
  return headers;
}
