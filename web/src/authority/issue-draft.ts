import { emptyHolder, type HolderDraft, holderWish, type Profile } from './holder-draft.ts';

export const KEY_FORMS = ['pem', 'pkcs12', 'request'] as const;

/** How the key is had: made here as PEM or PKCS#12, or brought by a request. */
export type KeyForm = (typeof KEY_FORMS)[number];

/** A certificate that is to be issued, as the form has it. */
export interface IssueDraft extends HolderDraft {
  readonly days: string;
  readonly keyForm: KeyForm;
  /** Empty: p256. */
  readonly keyType: string;
  readonly password: string;
  readonly again: string;
  readonly request: string;
}

export const emptyIssue: IssueDraft = {
  ...emptyHolder,
  days: '',
  keyForm: 'pem',
  keyType: '',
  password: '',
  again: '',
  request: '',
};

/** What is asked for. A preview needs no password, and gets none. */
export function issueWish(
  draft: IssueDraft,
  kind: Profile['kind'],
  use: 'preview' | 'issue',
): object {
  const days = draft.days.trim();
  return {
    ...holderWish(draft, kind),
    ...(days === '' ? {} : { days: Number(days) }),
    ...keyWish(draft, use),
  };
}

function keyWish({ keyForm, keyType, password, request }: IssueDraft, use: string): object {
  if (keyForm === 'request') return use === 'preview' && request === '' ? {} : { request };
  const type = keyType === '' ? {} : { type: keyType };
  const isFile = keyForm === 'pkcs12' && use === 'issue';
  return { key: isFile ? { ...type, format: keyForm, password } : type };
}
