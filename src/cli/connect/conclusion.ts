import { visible } from '../../pki/visible-text.ts';
import { alertName } from '../../tls/alert.ts';
import type { Outcome } from '../../tls/probe/outcome.ts';
import type { CliContext } from '../context.ts';
import { clientDoubts } from './client-doubts.ts';
import { type ConnectFacts, hasShownCertificate } from './facts.ts';
import { quotation } from './message-text.ts';
import { identityRemedy, refusalVerdict } from './refusal.ts';
import { trustFault } from './server-trust.ts';
import { bad, good, type Verdict } from './verdict.ts';

/** What there is to say in the end. */
export interface Conclusion extends Verdict {
  /** What else was noticed. */
  readonly notes: readonly string[];
}

/** Draws the conclusion from a handshake. */
export function concludeFrom(facts: ConnectFacts, context: CliContext): Conclusion {
  const doubts = clientDoubts(facts.client?.certificates ?? [], facts.request, context.now());
  const base = byOutcome(facts.outcome, facts, doubts, context);
  const isRefused = facts.outcome.kind === 'refused';
  const notes = [...(isRefused ? [] : doubts), ...unshownNotes(facts)];
  return { ...base, notes };
}

function byOutcome(
  outcome: Outcome,
  facts: ConnectFacts,
  doubts: readonly string[],
  context: CliContext,
): Verdict {
  const { settings } = facts;
  switch (outcome.kind) {
    case 'stands':
      return standing(facts, context);
    case 'refused':
      return refusalVerdict(outcome, facts, doubts, context);
    case 'dismissed':
      return bad(
        `the server closed the finished connection with the words: ${quotation(outcome.words)}`,
        'TLS itself was good; the refusal is that of the protocol above it',
        [],
      );
    case 'given-up':
      return givenUp(outcome);
    case 'foreign':
      return foreign(outcome.start);
    case 'no-tls':
      return bad(`the server offers no TLS: ${outcome.detail}`, null, []);
    case 'timeout':
      return timedOut(outcome.stage, settings.timeoutMs, settings.startTls);
    case 'unreachable':
      return unreachable(outcome.code);
    default:
      return outcome satisfies never;
  }
}

function standing(facts: ConnectFacts, context: CliContext): Verdict {
  const fault = trustFault(facts);
  if (fault !== null) {
    return bad("the handshake stands, but the server's certificate is not good", fault.meaning, [
      fault.remedy,
    ]);
  }
  if (hasShownCertificate(facts)) {
    return good(
      'Mutual TLS stands: each side showed a certificate and proved that it has its key.',
    );
  }
  if (facts.request === null) {
    return good('TLS stands: the server proved who it is, and did not ask who you are.');
  }
  return {
    ...good('TLS stands: the server asked for a client certificate, and did not insist on one.'),
    meaning: 'it may still insist in the protocol above, as nginx does',
    remedy: identityRemedy(facts, context),
  };
}

function givenUp({ code, alert }: Extract<Outcome, { kind: 'given-up' }>): Verdict {
  const reason = code
    .replace(/^ERR_SSL_/, '')
    .toLowerCase()
    .replaceAll('_', ' ');
  const words = visible(reason);
  const sent = alert === null ? '' : `, with the alert ${alertName(alert)}`;
  return bad(`this side broke the handshake off${sent}: ${words}`, null, []);
}

function foreign(start: Buffer): Verdict {
  const text = start.toString('latin1');
  const said = `the server does not speak TLS here; it sent: ${quotation(start)}`;
  if (text.startsWith('INFO {')) {
    return bad(said, 'this is a NATS server, which starts TLS later', ['add --starttls nats']);
  }
  if (text.startsWith('HTTP/')) return bad(said, 'this port speaks plain HTTP', []);
  return bad(said, null, []);
}

function timedOut(
  stage: 'connect' | 'greeting' | 'handshake',
  timeoutMs: number,
  startTls: 'none' | 'nats',
): Verdict {
  const within = `within ${timeoutMs / 1000} s`;
  if (stage === 'connect') return bad(`no connection ${within}`, null, []);
  if (stage === 'greeting') {
    return bad(`no INFO line ${within}`, 'it is no NATS server, or one that starts TLS at once', [
      'leave out --starttls',
    ]);
  }
  const hint =
    startTls === 'none'
      ? 'the server accepted the connection and does not answer; it may not speak TLS, or not at once'
      : 'the server stopped answering';
  return bad(`the handshake did not end ${within}`, hint, []);
}

function unreachable(code: string): Verdict {
  return bad(`no connection: ${UNREACHABLE.get(code) ?? code}`, null, []);
}

const UNREACHABLE: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'nothing listens there'],
  ['ENOTFOUND', 'there is no host of this name'],
  ['EAI_AGAIN', 'the name could not be looked up'],
  ['EHOSTUNREACH', 'there is no way to this host'],
  ['ENETUNREACH', 'there is no way to this network'],
  ['ETIMEDOUT', 'the host does not answer'],
  ['ECONNRESET', 'it was reset at once'],
]);

function unshownNotes({ settings, request, client, probe }: ConnectFacts): string[] {
  if (settings.identity === null || probe.secureMs === null) return [];
  if (request === null)
    return ['the server did not ask for a certificate; that of --cert was not shown'];
  if (client?.certificates.length === 0) return ['the certificate of --cert was not shown'];
  return [];
}
