import { diagnose } from '../diagnostics/diagnose.ts';
import { type RuleOutcome, ruleByRule } from '../diagnostics/decision-rules.ts';
import type { Cause, CauseCode } from '../diagnostics/evidence.ts';
import type { Finding, Language } from '../diagnostics/finding.ts';
import { createUserDirectory, type UserDirectory } from '../identity/user-directory.ts';
import { verifyChain } from '../pki/verify-chain.ts';
import type { LiveRevocations } from '../tls/live-revocations.ts';
import { Diagnostician, presentedChain } from './diagnostician.ts';
import {
  type ImaginedClient,
  imagineHandshake,
  type ImaginedHandshake,
  imagineRequest,
} from './imagined-client.ts';
import type { ListenerOptions } from './options.ts';

/** What a gateway would decide. The first three are what every refusal carries. */
export interface Explanation {
  readonly decision: 'admit' | 'refuse';
  readonly user: string | null;
  /** Most useful first. Of an admitted client: what would be refused if it were not merely observed. */
  readonly findings: readonly Finding[];
  readonly rules: readonly RuleOutcome[];
}

/**
 * What a listener would decide about a client, without a connection: the same choice of a certificate
 * by server name, the same verdict, mapping and decision as for a live one, and OpenSSL's own word on
 * the chain. `revocations`: what the attached authority has revoked. `at` is in milliseconds since the epoch; OpenSSL goes by the machine's clock. Rejects
 * where the listener's options can't be used.
 */
export async function explainClient(
  options: ListenerOptions,
  client: ImaginedClient,
  revocations: LiveRevocations,
  at: number,
  language: Language = 'en',
): Promise<Explanation> {
  const directory =
    options.users.length > 0 ? createUserDirectory(options.users, options.identity.dn) : null;
  const handshake = await imagineHandshake(options, client, { directory, revocations }, at);
  const outcome = imagineRequest(options, handshake, client, at);
  const { record, verdict, contexts, decided } = handshake;
  record.outcome = outcome.refusal === null ? 'admitted' : 'refused';
  const diagnostician = new Diagnostician(options, contexts);
  const causes = causesOf(handshake, outcome.refusal, directory, at);
  const evidence = diagnostician.evidence(record, verdict, causes, outcome.request, at);
  const context = decided?.context ?? null;
  const chain = presentedChain(verdict);
  const rules = ruleByRule(
    {
      evidence,
      path:
        context === null || chain.length === 0
          ? null
          : verifyChain({ chain, requirements: context.requirements, purpose: 'client', at }).path,
      pins: context?.options.pins ?? new Set(),
      principal: decided?.principal ?? null,
      opensslError: handshake.opensslError,
    },
    language,
  );
  return {
    decision: outcome.refusal === null ? 'admit' : 'refuse',
    user: decided?.decision.user ?? null,
    findings: diagnose(evidence, language),
    rules,
  };
}

/** What was decided by, then everything else that stands in the way of this certificate. */
function causesOf(
  { record, verdict, decided }: ImaginedHandshake,
  refusal: { readonly code: CauseCode; readonly detail: string } | null,
  directory: UserDirectory | null,
  at: number,
): Cause[] {
  const causes: Cause[] = [];
  const add = (cause: Cause): void => {
    if (!causes.some(({ code }) => code === cause.code)) causes.push(cause);
  };
  const named = verdict.kind === 'failed' ? verdict.cause : null;
  const observed = record.cause === null ? null : (record.cause as CauseCode);
  const first =
    refusal ?? (observed === null ? null : { code: observed, detail: record.detail ?? '' });
  if (first !== null) {
    const certificate = named?.code === first.code ? named.certificate : null;
    add({ code: first.code, detail: first.detail, certificate });
  }
  const chain = presentedChain(verdict);
  const leaf = chain[0];
  if (decided === null || leaf === undefined) return causes;
  const { requirements, options } = decided.context;
  const judged = verifyChain({ chain, requirements, purpose: 'client', at });
  if (judged.kind === 'failed') for (const cause of judged.causes) add(cause);
  const isNobody = directory?.match(leaf) === null;
  if (options.mapping && isNobody) {
    const detail = 'the certificate matches no configured user';
    add({ code: 'no-user-matches', detail, certificate: leaf });
  }
  return causes;
}
