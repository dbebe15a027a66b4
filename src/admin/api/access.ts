import { createHash, timingSafeEqual } from 'node:crypto';
import type { HttpBindings } from '@hono/node-server';
import type { Context, MiddlewareHandler } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import type { Sessions } from '../sessions.ts';
import { type ApiVariables, send } from './api-routes.ts';
import type { Caller } from './operation.ts';
import { type Answer, problem } from './problem.ts';

/** Failures of one address in one window, beyond which it is told to wait. */
const MAX_FAILURES = 20;
const WINDOW_MS = 60_000;
const MAX_ADDRESSES = 10_000;

const COOKIE = 'countersign_session';

export type ApiEnvironment = ApiVariables & { Bindings: HttpBindings };

/** The administrator whose client certificate a connection of the admin listener came with; null: none. */
export type AdministratorOf = (socket: HttpBindings['incoming']['socket']) => string | null;

/**
 * Lets in who shows the token, an open session, or the client certificate of an administrator. Requests
 * that a page of another site makes are refused, whatever they show.
 */
export class Access {
  readonly #token: Buffer;
  readonly #sessions: Sessions;
  readonly #administratorOf: AdministratorOf;
  readonly #now: () => number;
  /** By address. */
  readonly #failures = new Map<string, { since: number; count: number }>();

  constructor(
    token: string,
    sessions: Sessions,
    administratorOf: AdministratorOf,
    now: () => number = Date.now,
  ) {
    this.#token = digest(token);
    this.#sessions = sessions;
    this.#administratorOf = administratorOf;
    this.#now = now;
  }

  /** For everything that is not for everybody. */
  readonly check: MiddlewareHandler<ApiEnvironment> = async (c, next) => {
    const { socket } = c.env.incoming;
    const address = socket.remoteAddress ?? '';
    if (isForeign(c.req.header('origin'), c.req.header('sec-fetch-site'), c.req.url)) {
      return send(c, problem('forbidden', 'requests from pages of other origins are refused'));
    }
    const who = this.#whoIs(c);
    if (who === null) return send(c, this.#failure(address));
    c.set('caller', { who, address } satisfies Caller);
    return next();
  };

  /** `POST /v1/session`, after `check`: a session for a browser that showed the token, as a cookie. */
  readonly logIn = (c: Context<ApiEnvironment>): Response => {
    this.#setCookie(c, this.#sessions.begin());
    return send(c, { status: 200, body: { who: 'session' } });
  };

  /** `DELETE /v1/session`: the session ends. */
  readonly logOut = (c: Context<ApiEnvironment>): Response => {
    const session = getCookie(c, COOKIE);
    if (session !== undefined) this.#sessions.end(session);
    deleteCookie(c, COOKIE, { path: '/' });
    return send(c, { status: 204 });
  };

  /** `GET /login?code=...`: the link that is printed at the start. A used code leads to the page all the same. */
  readonly followLink = (c: Context<ApiEnvironment>): Response => {
    const session = this.#sessions.redeem(c.req.query('code') ?? '');
    if (session !== null) this.#setCookie(c, session);
    return c.redirect('/', 303);
  };

  #whoIs(c: Context<ApiEnvironment>): string | null {
    const token = /^Bearer +(\S+) *$/i.exec(c.req.header('authorization') ?? '')?.[1];
    if (token !== undefined) return timingSafeEqual(digest(token), this.#token) ? 'token' : null;
    const session = getCookie(c, COOKIE);
    if (session !== undefined && this.#sessions.isOpen(session)) return 'session';
    return this.#administratorOf(c.env.incoming.socket);
  }

  #setCookie(c: Context<ApiEnvironment>, session: string): void {
    const secure = new URL(c.req.url).protocol === 'https:';
    setCookie(c, COOKIE, session, { path: '/', httpOnly: true, sameSite: 'Strict', secure });
  }

  #failure(address: string): Answer {
    if (this.#isTooMany(address)) {
      const detail = 'too many requests without leave; wait a minute';
      return problem('too-many-failures', detail, [], { 'Retry-After': String(WINDOW_MS / 1000) });
    }
    const detail =
      'send the token of admin.token in the directory of the state: Authorization: Bearer TOKEN';
    const headers = { 'WWW-Authenticate': 'Bearer realm="countersign"' };
    return problem('unauthorized', detail, [], headers);
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
