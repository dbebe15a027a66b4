import type { Authority } from '../../ca/authority.ts';
import type { TokenDesk } from '../../ca/authority-files.ts';
import type { AuditAction } from '../audit-entry.ts';
import type { CertificateStore } from '../certificate-store.ts';
import type { AttachedAuthority, AuthorityAccess, LiveSnapshot } from '../running-gateway.ts';
import type { Caller } from './operation.ts';
import { type Answer, problem, starting } from './problem.ts';

/** What the operations of `/v1/ca` work on. */
export interface AuthorityServices {
  readonly access: AuthorityAccess;
  readonly live: LiveSnapshot;
  /** Keeps who did what. */
  readonly certificates: Pick<CertificateStore, 'note'>;
  /** Hears of what should not happen. */
  readonly onFault: (error: Error) => void;
}

/** An authority whose files can be read. */
export type ReadableAuthority = AttachedAuthority & { readonly desk: TokenDesk };

/** Answers by the authority that is attached, or says what keeps it from that. */
export function withAuthority(
  { access, live }: AuthorityServices,
  act: (attached: ReadableAuthority) => Answer | Promise<Answer>,
): Answer | Promise<Answer> {
  if (live.options === null) return starting();
  const { attached } = access;
  if (attached === null) {
    const detail =
      'no authority is attached: add ca: { dir: .countersign } to the configuration; countersign init makes one';
    return problem('no-authority', detail);
  }
  const { desk } = attached;
  if (desk !== null) return act({ ...attached, desk });
  return problem('unavailable', `the authority can not be read: ${detailOf(attached)}`);
}

/** The same for what takes its key. */
export function withSigner(
  services: AuthorityServices,
  act: (attached: ReadableAuthority, authority: Authority) => Answer | Promise<Answer>,
): Answer | Promise<Answer> {
  return withAuthority(services, (attached) => {
    if (attached.authority !== null) return act(attached, attached.authority);
    const detail = `the authority can not sign: ${detailOf(attached)}`;
    if (attached.problem?.isLocked !== true) return problem('unavailable', detail);
    const remedy =
      'give the passphrase by passphrase_file under ca, or by COUNTERSIGN_CA_PASSPHRASE, and start the gateway again';
    return problem('authority-locked', `${detail}; ${remedy}`);
  });
}

function detailOf({ problem: found }: AttachedAuthority): string {
  return found?.detail ?? 'nobody knows why';
}

/** Keeps that `caller` did something to `target`. */
export function noteChange(
  { certificates }: AuthorityServices,
  { who, address }: Caller,
  action: AuditAction,
  target: string,
  detail: string,
): void {
  certificates.note({ at: Date.now(), who, address, action, target, detail });
}
