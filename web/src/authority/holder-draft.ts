import type { AuthorityState } from '../api/types.ts';

export type Profile = AuthorityState['profiles'][number];

/** Whom a certificate is for, as the forms have it. Lists are one a line. */
export interface HolderDraft {
  readonly profile: string;
  readonly name: string;
  readonly emails: string;
  readonly dnsNames: string;
  readonly ipAddresses: string;
  readonly uris: string;
  readonly upns: string;
  readonly subject: string;
}

export const emptyHolder: HolderDraft = {
  profile: 'client',
  name: '',
  emails: '',
  dnsNames: '',
  ipAddresses: '',
  uris: '',
  upns: '',
  subject: '',
};

/** What the API calls the texts of a draft. */
export const API_NAMES = {
  name: 'common_name',
  emails: 'emails',
  dnsNames: 'dns_names',
  ipAddresses: 'ip_addresses',
  uris: 'uris',
  upns: 'user_principal_names',
  subject: 'subject',
} as const satisfies Partial<Record<keyof HolderDraft, string>>;

/** The body of a request, as far as it is about the holder. What does not belong to the kind is left out. */
export function holderWish(draft: HolderDraft, kind: Profile['kind']): object {
  const isClient = kind === 'client';
  return {
    profile: draft.profile,
    common_name: draft.name.trim(),
    ...(draft.subject.trim() === '' ? {} : { subject: draft.subject.trim() }),
    dns_names: linesOf(draft.dnsNames),
    ip_addresses: linesOf(draft.ipAddresses),
    ...(isClient
      ? {
          emails: linesOf(draft.emails),
          uris: linesOf(draft.uris),
          user_principal_names: linesOf(draft.upns),
        }
      : {}),
  };
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
