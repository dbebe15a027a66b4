import type { Authority } from '../../ca/authority.ts';
import { AuthorityError } from '../../ca/authority-error.ts';
import type { Profile } from '../../ca/profile.ts';
import { issuedView, previewView } from '../authority-views.ts';
import type { FieldError } from '../certificate-material.ts';
import { foreseeLeaf, issueLeaf, type IssueOutcome, profileOf } from '../leaf-issuance.ts';
import {
  type AuthorityServices,
  noteChange,
  type ReadableAuthority,
  withAuthority,
  withSigner,
} from './attached-authority.ts';
import {
  issuedNow,
  issueQuery,
  leafPreview,
  leafWish,
  type LeafWish,
} from './authority-schemas.ts';
import { type Caller, type Operation, operation } from './operation.ts';
import { type Answer, invalid, problem } from './problem.ts';

/** What issues, and what only tells what would be issued. */
export function issuanceOperations(services: AuthorityServices): Operation[] {
  return [
    operation({
      method: 'post',
      path: '/v1/ca/certificates',
      summary:
        'Issue a certificate, with a key that is made for it or for a request. It is in the journal when this is answered.',
      query: issueQuery,
      body: leafWish,
      answers: { 201: issuedNow, 200: leafPreview },
      handle: ({ query: { dry_run: dryRun }, body, caller }) =>
        dryRun === 'true' ? preview(body, services) : issue(body, caller, services),
    }),
    operation({
      method: 'post',
      path: '/v1/ca/preview',
      summary: 'What would be issued, and all that stands against it. Nothing is signed.',
      body: leafWish,
      answers: { 200: leafPreview },
      handle: ({ body }) => preview(body, services),
    }),
  ];
}

function preview(wish: LeafWish, services: AuthorityServices): Answer | Promise<Answer> {
  return withAuthority(services, async ({ desk }) => {
    const profile = profileOf(wish, desk.profiles);
    if (isError(profile)) return invalid([profile]);
    const prospect = await foreseeLeaf(wish, profile, desk, Date.now());
    return { status: 200, body: previewView(prospect, profile, desk, services.live.options) };
  });
}

function issue(
  wish: LeafWish,
  caller: Caller,
  services: AuthorityServices,
): Answer | Promise<Answer> {
  return withSigner(services, async (attached, authority) => {
    const { desk } = attached;
    const profile = profileOf(wish, desk.profiles);
    if (isError(profile)) return invalid([profile]);
    const outcome = await attempt(wish, profile, attached, authority, caller);
    if ('status' in outcome) return outcome;
    if (outcome.kind === 'invalid') return invalid(outcome.errors);
    const { leaf, key, pkcs12, fileName } = outcome;
    const entry = desk.journal.find(leaf.certificate.serialNumber);
    if (entry === null) throw new Error('a certificate was issued that is not in the journal');
    const detail = `${entry.profile}: ${[entry.subject, ...entry.subjectAltNames].join(', ')}`;
    noteChange(services, caller, 'issue', entry.serialNumber, detail.slice(0, 500));
    return {
      status: 201,
      headers: { Location: `/v1/ca/certificates/${entry.serialNumber}` },
      body: {
        ...issuedView(entry, desk, services.live.options, Date.now()),
        cut: leaf.cut,
        file_name: fileName,
        key,
        pkcs12: pkcs12?.toString('base64') ?? null,
      },
    };
  });
}

/** What the authority itself refuses was found good a moment before. */
async function attempt(
  wish: LeafWish,
  profile: Profile,
  { desk }: ReadableAuthority,
  authority: Authority,
  { who }: Caller,
): Promise<IssueOutcome | Answer> {
  const asked = { by: `admin API (${who})`, at: Date.now() };
  try {
    return await issueLeaf(wish, profile, desk, authority, asked);
  } catch (error) {
    if (error instanceof AuthorityError) return problem('conflict', error.message);
    throw error;
  }
}

function isError(profile: Profile | FieldError): profile is FieldError {
  return 'path' in profile;
}
