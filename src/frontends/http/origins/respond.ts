import type { Exchange, Origin, ResponseHead } from '../exchange.ts';
import type { TargetOptions } from '../options.ts';
import { httpDate } from '../problem.ts';
import { statusText } from '../status-text.ts';

type RespondOptions = Extract<TargetOptions, { kind: 'respond' }>;

/**
 * Answers every request alike. HEAD is answered without the body; 204, 205 and 304 have none whatever
 * is configured (RFC 9110 sections 15.3.5, 15.3.6 and 15.4.5). The request's body is not asked for.
 */
export class FixedResponse implements Origin {
  readonly #status: number;
  readonly #fields: string;
  readonly #body: Buffer;
  /** With the time in it, made once a second. */
  #date = '';
  #full: ResponseHead;
  #bodiless: ResponseHead;

  constructor({ status, body, contentType }: RespondOptions) {
    this.#status = status;
    this.#body = Buffer.from(STATUSES_WITHOUT_BODY.has(status) ? '' : body);
    this.#fields = this.#body.length === 0 ? '' : `Content-Type: ${contentType}\r\n`;
    this.#full = this.#head('length');
    this.#bodiless = this.#head('none');
  }

  handle(exchange: Exchange): void {
    const date = httpDate();
    if (date !== this.#date) {
      this.#date = date;
      this.#full = this.#head('length');
      this.#bodiless = this.#head('none');
    }
    if (this.#body.length === 0 || exchange.request.method === 'HEAD') {
      exchange.respond(this.#bodiless);
    } else {
      exchange.respond(this.#full, true);
      exchange.write(this.#body);
    }
    exchange.end('');
  }

  #head(kind: 'none' | 'length'): ResponseHead {
    const status = this.#status;
    const { length } = this.#body;
    return {
      status,
      reason: statusText(status) ?? '',
      fields: `Date: ${this.#date}\r\n${this.#fields}`,
      body:
        kind === 'length'
          ? { kind, length }
          : { kind, length: status === 204 || status === 304 ? null : length },
    };
  }
}

const STATUSES_WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);
