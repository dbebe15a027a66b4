import { printedNames, tokenView } from '../authority-views.ts';
import { makeToken, tokenStatus } from '../enrolment-tokens.ts';
import { profileOf } from '../leaf-issuance.ts';
import { type AuthorityServices, noteChange, withAuthority } from './attached-authority.ts';
import { tokenNow, tokenQuery, tokenView as tokenSchema, tokenWish } from './authority-schemas.ts';
import { type Operation, operation } from './operation.ts';
import { cutPage, pageOf } from './page.ts';
import { invalid, problem } from './problem.ts';

/** `/v1/ca/tokens`: permissions to enrol. */
export function tokenOperations(services: AuthorityServices): Operation[] {
  return [
    operation({
      method: 'get',
      path: '/v1/ca/tokens',
      summary: 'The enrolment tokens, the newest first. Their secrets are in no answer.',
      query: tokenQuery,
      answers: { 200: pageOf(tokenSchema) },
      handle: ({ query }) =>
        withAuthority(services, ({ desk: { journal } }) => {
          const now = Date.now();
          const all = journal.tokens
            .list()
            .filter(
              (token) => query.status === undefined || tokenStatus(token, now) === query.status,
            )
            .map((token) => tokenView(token, now));
          return { status: 200, body: cutPage(all, query) };
        }),
    }),
    operation({
      method: 'post',
      path: '/v1/ca/tokens',
      summary: 'Make a token with which a machine gets one certificate, once.',
      body: tokenWish,
      answers: { 201: tokenNow },
      handle: ({ body, caller }) =>
        withAuthority(services, ({ desk }) => {
          const profile = profileOf(body, desk.profiles);
          if ('path' in profile) return invalid([profile]);
          const now = Date.now();
          const outcome = makeToken(body, profile, desk, now);
          if (outcome.kind === 'invalid') return invalid(outcome.errors);
          const { kept, names, url, token, command } = outcome;
          noteChange(services, caller, 'permit', kept.id, `${profile.name}: ${kept.grant.name}`);
          const view = tokenView(kept, now);
          return { status: 201, body: { ...view, ...printedNames(names), url, token, command } };
        }),
    }),
    operation({
      method: 'delete',
      path: '/v1/ca/tokens/{id}',
      summary: 'Take a token back that was not used.',
      answers: { 204: null },
      handle: ({ params: { id = '' }, caller }) =>
        withAuthority(services, ({ desk: { journal } }) => {
          const token = journal.tokens.list().find((one) => one.id === id);
          if (token !== undefined && journal.tokens.withdraw(id)) {
            noteChange(services, caller, 'withdraw', id, token.grant.name);
            return { status: 204 };
          }
          if (token === undefined) return problem('not-found', 'there is no token of this id');
          return problem('conflict', 'the token was used: revoke the certificate instead');
        }),
    }),
  ];
}
