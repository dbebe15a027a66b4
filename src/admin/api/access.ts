import { createHash, timingSafeEqual } from 'node:crypto';
import type { HttpBindings } from '@hono/node-server';
import type { MiddlewareHandler } from 'hono';
import { type ApiVariables, send } from './api-routes.ts';
import type { Caller } from './operation.ts';
import { problem } from './problem.ts';

/** Failures of one address in one window, beyond which it is told to wait. */
const MAX_FAILURES = 20;
const WINDOW_MS = 60_000;
const MAX_ADDRESSES = 10_000;

/** Lets in who shows the token. Requests that a page of another site makes are refused, whatever they show. */
export class Access {
  readonly #token: Buffer;
  readonly #now: () => number;
  /** By address. */
  readonly #failures = new Map<string, { since: number; count: number }>();

  constructor(token: string, now: () => number = Date.now) {
    this.#token = digest(token);
    this.#now = now;
  }

  readonly check: MiddlewareHandler<ApiVariables & { Bindings: HttpBindings }> = async (
    c,
    next,
  ) => {
    const address = c.env.incoming.socket.remoteAddress ?? '';
    if (isForeign(c.req.header('origin'), c.req.header('sec-fetch-site'), c.req.url)) {
      return send(c, problem('forbidden', 'requests from pages of other origins are refused'));
    }
    const caller = this.#caller(c.req.header('authorization'), address);
    if (caller !== null) {
      c.set('caller', caller);
      return next();
    }
    return this.#isTooMany(address)
      ? send(
          c,
          problem(
            'too-many-failures',
            'too many requests without a valid token; wait a minute',
            [],
            {
              'Retry-After': String(WINDOW_MS / 1000),
            },
          ),
        )
      : send(
          c,
          problem(
            'unauthorized',
            'send the token of admin.token in the directory of the state: Authorization: Bearer TOKEN',
            [],
            { 'WWW-Authenticate': 'Bearer realm="countersign"' },
          ),
        );
  };

  #caller(authorization: string | undefined, address: string): Caller | null {
    const token = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
    if (token === undefined || !timingSafeEqual(digest(token), this.#token)) return null;
    return { who: 'token', address };
  }

  #isTooMany(address: string): boolean {
    const now = this.#now();
    let failures = this.#failures.get(address);
    if (failures === undefined || now - failures.since > WINDOW_MS) {
      if (this.#failures.size >= MAX_ADDRESSES) this.#failures.clear();
      failures = { since: now, count: 0 };
      this.#failures.set(address, failures);
    }
    failures.count++;
    return failures.count > MAX_FAILURES;
  }
}

/** Of equal length, so that they can be compared in constant time. */
function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** What browsers say of a page that makes a request; programs say nothing. */
function isForeign(origin: string | undefined, site: string | undefined, url: string): boolean {
  if (origin !== undefined && origin !== new URL(url).origin) return true;
  return site !== undefined && site !== 'same-origin' && site !== 'none';
}
