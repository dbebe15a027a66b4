import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Authority } from '../ca/authority.ts';
import { createAuthority, type TokenDesk } from '../ca/authority-files.ts';
import { decodeToken } from '../ca/enrolment-token.ts';
import { clientProfile, serverProfile } from '../ca/profile.ts';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { tokenWish } from './api/authority-schemas.ts';
import { makeToken, tokenStatus } from './enrolment-tokens.ts';

const AT = Date.now();
const desk = deskOf(await createAuthority(await temporaryFolder({ after }), { now: AT }));

function deskOf({ root, issuing, journal, profiles }: Authority): TokenDesk {
  assert.ok(journal !== null);
  return { root, issuing, journal, profiles };
}

function make(wish: object, profile = clientProfile) {
  return makeToken(tokenWish.parse(wish), profile, desk, AT);
}

test('without a place to enrol at there is no token', () => {
  const outcome = make({ common_name: 'alice' });
  assert.ok(outcome.kind === 'invalid');
  assert.deepEqual(
    outcome.errors.map(({ path }) => path),
    ['url'],
  );
  assert.deepEqual(desk.journal.tokens.list(), []);
});

test('a token says whom to ask and how to know it; its command is one for a shell', () => {
  const outcome = make({ common_name: 'api.test', url: 'https://[::1]:9444/' }, serverProfile);
  assert.ok(outcome.kind === 'made');
  const read = decodeToken(outcome.token) ?? assert.fail();
  assert.deepEqual(
    [read.name, read.url, read.root],
    ['api.test', 'https://[::1]:9444', desk.root.fingerprint],
  );
  assert.equal(outcome.command, `countersign enroll 'https://[::1]:9444' --token ${outcome.token}`);
  const state = desk.journal.tokens.look(read.secret, AT);
  assert.equal(state.kind, 'good');
  assert.equal(desk.journal.tokens.list()[0]?.id, outcome.kept.id);
});

test('a token is open, then used or expired; only an unused one is withdrawn', () => {
  const { tokens } = desk.journal;
  const [one, other] = ['a', 'b'].map((name) => {
    const outcome = make({ common_name: name, url: 'https://ca.test', ttl_seconds: 60 });
    return outcome.kind === 'made' ? outcome : assert.fail();
  });
  assert.ok(one !== undefined && other !== undefined);
  const statusOf = (id: string, at: number) =>
    tokens
      .list()
      .filter((token) => token.id === id)
      .map((token) => tokenStatus(token, at));
  assert.deepEqual(statusOf(one.kept.id, AT), ['open']);
  assert.deepEqual(statusOf(one.kept.id, AT + 60_000), ['expired']);
  const { secret } = decodeToken(one.token) ?? assert.fail();
  assert.equal(tokens.claim(secret, AT), true);
  assert.deepEqual(statusOf(one.kept.id, AT + 60_000), ['used']);
  assert.equal(tokens.withdraw(one.kept.id), false);
  assert.equal(tokens.withdraw(other.kept.id), true);
  assert.equal(tokens.withdraw(other.kept.id), false);
  assert.equal(tokens.withdraw(''), false);
  const gone = decodeToken(other.token) ?? assert.fail();
  assert.equal(tokens.look(gone.secret, AT).kind, 'unknown-token');
});
