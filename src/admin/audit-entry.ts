/** The last four are about the authority: a certificate and a token, each made and taken back. */
export const auditActions = [
  'create',
  'replace',
  'patch',
  'delete',
  'issue',
  'revoke',
  'permit',
  'withdraw',
] as const;

export type AuditAction = (typeof auditActions)[number];

/** Who changed what, and when. */
export interface AuditEntry {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly who: string;
  /** Of the client. */
  readonly address: string;
  readonly action: AuditAction;
  /** Id of the certificate or token, or serial number of what the authority issued. */
  readonly target: string;
  readonly detail: string;
}
