import type { DecidedHandshake } from '../frontend.ts';
import type { Exchange, Origin, RequestHead } from './exchange.ts';
import {
  type ContextBySni,
  HttpSession,
  type RefusedRequest,
  type RequestRefusal,
} from './http-session.ts';
import { RouteTable } from './route-table.ts';
import { type SiteChoices, servesRefused, siteFor } from './site-choice.ts';

export interface ImaginedRequest {
  readonly method: string;
  /** Host and port as a client would send them. */
  readonly authority: string;
  readonly path: string;
}

/** What would become of a request. */
export type DryRunOutcome =
  /** A route would answer it. */
  | { readonly kind: 'passed' }
  | {
      readonly kind: 'refused';
      readonly refusal: RequestRefusal;
      readonly facts: RefusedRequest;
    }
  /** It is answered with this status whoever asks. */
  | { readonly kind: 'problem'; readonly status: number; readonly detail: string };

/**
 * Tries a request on a decided handshake without sending anything: what decides is the session that
 * serves real ones, with origins that do nothing. null: a client that is refused can't make requests
 * here.
 */
export function dryRun(
  choices: SiteChoices & { readonly contextBySni: ContextBySni },
  connection: DecidedHandshake,
  request: ImaginedRequest,
  at: number,
): DryRunOutcome | null {
  const site = siteFor(choices, connection);
  if (connection.decision.decision === 'refuse' && !servesRefused(site)) return null;
  const exchange = new ImaginedExchange(request);
  const table = new RouteTable(site, () => exchange);
  const events = {
    requestRefused: (
      _record: unknown,
      refusal: RequestRefusal,
      _method: string,
      _path: string,
      facts: RefusedRequest,
    ): void => {
      exchange.settle({ kind: 'refused', refusal, facts });
    },
    makesTraces: false,
    requestAnswered: (): void => {},
    fault: (where: string, error: Error): void => {
      exchange.settle({ kind: 'problem', status: 500, detail: `${where}: ${error.message}` });
    },
  };
  const session = new HttpSession(connection, table, choices.contextBySni, events, () => at);
  exchange.client = session.client;
  session.handle(exchange);
  return exchange.outcome;
}

/** A request that nobody sent, and the origin that it reaches. */
class ImaginedExchange implements Exchange, Origin {
  readonly request: RequestHead;
  client = {} as Exchange['client'];
  onDrain = null;
  onClose = null;
  outcome: DryRunOutcome = { kind: 'passed' };
  #settled = false;

  constructor({ method, authority, path }: ImaginedRequest) {
    this.request = {
      method,
      authority,
      target: path,
      path: path.replace(/\?.*$/s, ''),
      version: '1.1',
      fields: '',
      traceparent: '',
      body: { kind: 'none' },
      expectsContinue: false,
      upgrade: null,
    };
  }

  /** The first thing that is said of the request counts: an answer in words follows a refusal. */
  settle(outcome: DryRunOutcome): void {
    if (!this.#settled) this.outcome = outcome;
    this.#settled = true;
  }

  handle(): void {
    this.settle({ kind: 'passed' });
  }

  problem(status: number, _title: string, detail: string): void {
    this.settle({ kind: 'problem', status, detail });
  }

  receiveBody(): void {}
  resumeBody(): void {}
  interim(): void {}
  respond(): void {}
  write(): boolean {
    return true;
  }
  end(): void {}
  abort(): void {}
  upgrade(): null {
    return null;
  }
}
