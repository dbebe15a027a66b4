import { alertName } from '../../tls/alert.ts';
import type { Outcome } from '../../tls/probe/outcome.ts';
import type { CliContext } from '../context.ts';
import { ownCommand } from '../shell-text.ts';
import { alertMeaning, CERTIFICATE_ALERTS } from './alert-meanings.ts';
import { type ConnectFacts, hasShownCertificate } from './facts.ts';
import { targetText } from './target.ts';
import { bad, type Verdict } from './verdict.ts';

/** What a refusal means, and what to do about it. `doubts`: what speaks against the certificate that was shown. */
export function refusalVerdict(
  { when, alert, reset }: Extract<Outcome, { kind: 'refused' }>,
  facts: ConnectFacts,
  doubts: readonly string[],
  context: CliContext,
): Verdict {
  const place = when === 'after' ? 'after the handshake' : 'during the handshake';
  const missing = facts.request !== null && !hasShownCertificate(facts);
  const headline =
    alert === null
      ? `refused ${place}: the server ${reset ? 'reset' : 'closed'} the connection without a word`
      : `refused ${place} with the alert ${alertName(alert)}`;
  if (missing && (alert === null || MISSING_ALERTS.has(alert))) {
    return bad(headline, alertMeaning(CERTIFICATE_REQUIRED), identityRemedy(facts, context));
  }
  if (alert === null) return silence(headline, facts, doubts);
  const remedy = CERTIFICATE_ALERTS.has(alert)
    ? certificateRemedy(facts, doubts)
    : (ALERT_REMEDIES.get(alert) ?? []);
  return bad(headline, alertMeaning(alert), remedy);
}

const CERTIFICATE_REQUIRED = 116;
/** TLS 1.2 has handshake_failure for it, and older servers written in Go bad_certificate. */
const MISSING_ALERTS: ReadonlySet<number> = new Set([CERTIFICATE_REQUIRED, 40, 42]);

const ALERT_REMEDIES: ReadonlyMap<number, readonly string[]> = new Map([
  [70, ['see that the server speaks TLS 1.2 or 1.3']],
  [112, ['name one that the server knows with --servername']],
  [120, ["offer no application protocol: --alpn ''"]],
]);

function silence(headline: string, facts: ConnectFacts, doubts: readonly string[]): Verdict {
  if (hasShownCertificate(facts)) {
    return bad(
      headline,
      "most likely it does not take the client's certificate; the reason is in the server's log alone",
      certificateRemedy(facts, doubts),
    );
  }
  return bad(headline, "the reason is in the server's log, if anywhere", [
    'see that this port speaks TLS, and that nothing on the way breaks connections off',
  ]);
}

function certificateRemedy(facts: ConnectFacts, doubts: readonly string[]): string[] {
  if (doubts.length > 0) return doubts.map((doubt) => `look here first: ${doubt}`);
  const since = new Date(facts.settings.startedAt).toISOString().slice(0, 19).replace('T', ' ');
  return [`look into the server's log at ${since}Z, for this client and the reason`];
}

/** How to come by a certificate and show it. */
export function identityRemedy(facts: ConnectFacts, context: CliContext): string[] {
  if (facts.settings.identity !== null) {
    return ['the certificate of --cert was not shown: the server takes no key of its kind'];
  }
  const target = targetText(facts.settings.target);
  const show = ['--cert', '.countersign/NAME.crt', '--key', '.countersign/NAME.key'];
  return [
    ownCommand(context, 'issue', 'client', 'NAME'),
    ownCommand(context, 'connect', target, ...facts.settings.repeated, ...show),
  ];
}
