import { publishRevocationLists } from '../../ca/authority-files.ts';
import { issuedView } from '../authority-views.ts';
import {
  type AuthorityServices,
  noteChange,
  type ReadableAuthority,
  withAuthority,
} from './attached-authority.ts';
import { revocationWish, revokedView } from './authority-schemas.ts';
import { type Operation, operation } from './operation.ts';
import { type Answer, problem } from './problem.ts';

/** Revokes: in the journal first, then in every worker, then in the list. Takes no key but for the list. */
export function revocationOperation(
  services: AuthorityServices,
  notIssued: () => Answer,
): Operation {
  return operation({
    method: 'post',
    path: '/v1/ca/certificates/{serial}/revoke',
    summary:
      'Revoke a certificate. Its connections are closed, and it is refused everywhere, when this is answered.',
    body: revocationWish,
    answers: { 200: revokedView },
    handle: ({ params: { serial = '' }, body: { reason }, caller }) =>
      withAuthority(services, async (attached) => {
        const { desk } = attached;
        const now = Date.now();
        const revoked = desk.journal.revoke(serial, reason, now);
        if (revoked.kind === 'unknown') return notIssued();
        const { entry } = revoked;
        const isNew = revoked.kind === 'revoked';
        if (isNew) {
          noteChange(services, caller, 'revoke', entry.serialNumber, `${reason}: ${entry.subject}`);
        }
        // Also where it was revoked before: what could not be done then is done now.
        const closed = await services.access.enforceRevocations();
        const isPublished = await publish(attached, services);
        if (!isNew) {
          const day = new Date(entry.revokedAt ?? now).toISOString().slice(0, 10);
          return problem('conflict', `it was revoked on ${day}: ${entry.reason ?? 'unspecified'}`);
        }
        const view = issuedView(entry, desk, services.live.options, now);
        return { status: 200, body: { ...view, closed, list_published: isPublished } };
      }),
  });
}

/** false: the list could not be made; the next one names the certificate. */
async function publish(
  { dir, authority }: ReadableAuthority,
  { onFault }: AuthorityServices,
): Promise<boolean> {
  if (authority === null) return false;
  try {
    await publishRevocationLists(dir, authority, Date.now());
    return true;
  } catch (error) {
    onFault(error instanceof Error ? error : new Error(String(error)));
    return false;
  }
}
