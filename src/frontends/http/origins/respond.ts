import { STATUS_CODES } from 'node:http';
import type { Exchange, Origin, ResponseHead } from '../exchange.ts';
import type { TargetOptions } from '../options.ts';

type RespondOptions = Extract<TargetOptions, { kind: 'respond' }>;

/**
 * Answers every request alike. HEAD is answered without the body; 204, 205 and 304 have none whatever
 * is configured (RFC 9110 sections 15.3.5, 15.3.6 and 15.4.5). The request's body is not asked for.
 */
export class FixedResponse implements Origin {
  readonly #body: Buffer;
  readonly #full: ResponseHead;
  readonly #bodiless: ResponseHead;

  constructor({ status, body, contentType }: RespondOptions) {
    this.#body = Buffer.from(STATUSES_WITHOUT_BODY.has(status) ? '' : body);
    const { length } = this.#body;
    const reason = STATUS_CODES[status] ?? '';
    const fields = length === 0 ? '' : `Content-Type: ${contentType}\r\n`;
    const shown = status === 204 || status === 304 ? null : length;
    this.#bodiless = { status, reason, fields, body: { kind: 'none', length: shown } };
    this.#full = { status, reason, fields, body: { kind: 'length', length } };
  }

  handle(exchange: Exchange): void {
    if (this.#body.length === 0 || exchange.request.method === 'HEAD') {
      exchange.respond(this.#bodiless);
    } else {
      exchange.respond(this.#full);
      exchange.write(this.#body);
    }
    exchange.end('');
  }
}

const STATUSES_WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);
