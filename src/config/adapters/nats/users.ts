import type { Draft, DraftMapping } from '../draft.ts';
import { Directives } from '../meaning.ts';
import type { Place } from '../place.ts';
import { collect } from './block.ts';
import { PERMISSIONS, USER } from './notices.ts';
import type { NatsEntry, NatsMap } from './syntax.ts';
import {
  printDuration,
  readDuration,
  readInteger,
  readList,
  readMap,
  readText,
  readTexts,
} from './values.ts';

const user = new Directives(USER);
const permissions = new Directives(PERMISSIONS);

/** The users that were found so far. */
export interface UserDraft {
  readonly list: unknown[];
  readonly names: Set<string>;
  /** Whether the file names any user, also one that is left out. */
  hasAny: boolean;
}

/** Adds the users of an `authorization` or an account. */
export function takeUsers(
  entry: NatsEntry | undefined,
  defaults: NatsEntry | undefined,
  users: UserDraft,
  draft: Draft,
): void {
  const list = entry === undefined ? null : readList(entry, draft);
  for (const item of list?.items ?? []) {
    users.hasAny = true;
    if (item.kind === 'map') takeUser(item, defaults, users, draft);
    else draft.error(item.place, 'a user must be a block { user: ... }');
  }
}

function takeUser(
  block: NatsMap,
  defaults: NatsEntry | undefined,
  users: UserDraft,
  draft: Draft,
): void {
  const directives = collect(block, user, draft);
  const nameEntry = directives.get('user');
  if (nameEntry === undefined) {
    // That an nkey is left out was said.
    if (!block.entries.has('nkey')) draft.error(block.place, 'a user needs a name: user: ...');
    return;
  }
  const name = readText(nameEntry, draft);
  const connections = directives.get('allowed_connection_types');
  if (name === null || (connections !== undefined && !mayConnect(connections, draft))) return;
  if (users.names.has(name)) {
    draft.error(nameEntry.place, `the user ${JSON.stringify(name)} stands twice`);
    return;
  }
  users.names.add(name);
  const out: DraftMapping = {};
  draft.set(out, 'user', name, nameEntry.place);
  const password = directives.get('pass');
  if (password !== undefined) takePassword(name, password, out, draft);
  const own = directives.get('permissions') ?? defaults;
  if (own !== undefined) takePermissions(own, out, draft);
  draft.push(users.list, out, block.place);
}

/** Whether ordinary connections are among the types that a user may come by. */
function mayConnect(entry: NatsEntry, draft: Draft): boolean {
  const types = readTexts(entry, draft);
  if (types === null) return false;
  if (types.length === 0 || types.some(({ text }) => text.toUpperCase() === 'STANDARD'))
    return true;
  draft.notice(
    entry.place,
    entry.key,
    'the user is left out: STANDARD connections are not allowed to it',
  );
  return false;
}

function takePassword(name: string, entry: NatsEntry, out: DraftMapping, draft: Draft): void {
  const password = readText(entry, draft);
  if (password === null || password === '') return;
  if (/^\$2[aby]\$/.test(password)) {
    draft.error(
      entry.place,
      'the password of a mapped user is given on to the upstream, which a bcrypt hash can not be: write the password itself, or take it out, as the certificate proves who the client is',
    );
    return;
  }
  draft.set(out, 'password', password, entry.place);
  const upstream: DraftMapping = {};
  draft.set(upstream, 'user', name, entry.place);
  draft.set(upstream, 'password', password, entry.place);
  draft.set(out, 'upstream', upstream, entry.place);
}

function takePermissions(entry: NatsEntry, out: DraftMapping, draft: Draft): void {
  const block = readMap(entry, draft);
  if (block === null) return;
  const directives = collect(block, permissions, draft);
  const nats: DraftMapping = {};
  for (const name of ['publish', 'subscribe'] as const) {
    const directive = directives.get(name);
    if (directive !== undefined)
      draft.set(nats, name, readRules(directive, draft), directive.place);
  }
  const responses = directives.get('allow_responses');
  if (responses !== undefined) takeResponses(responses, nats, draft);
  draft.set(out, 'nats', nats, entry.place);
}

/** Subjects alone are those that are allowed. */
function readRules(entry: NatsEntry, draft: Draft): DraftMapping {
  const rules: DraftMapping = {};
  if (entry.node.kind !== 'map') {
    takeSubjects('allow', entry, rules, draft);
    return rules;
  }
  for (const inner of entry.node.entries.values()) {
    const name = inner.key.toLowerCase();
    if (name === 'allow' || name === 'deny') takeSubjects(name, inner, rules, draft);
    else
      draft.error(
        inner.place,
        `unknown directive ${JSON.stringify(inner.key)}; known here: allow, deny`,
      );
  }
  return rules;
}

function takeSubjects(
  name: 'allow' | 'deny',
  entry: NatsEntry,
  rules: DraftMapping,
  draft: Draft,
): void {
  const texts = readTexts(entry, draft);
  if (texts === null) return;
  if (texts.length === 0 && name === 'allow') {
    draft.notice(
      entry.place,
      entry.key,
      'an empty list allows nothing here; nats-server takes it for no list',
    );
  }
  const subjects: string[] = [];
  for (const { text, node } of texts) draft.push(subjects, text, node.place);
  draft.set(rules, name, subjects, entry.place);
}

/** nats-server: `true` is one answer within two minutes. */
function takeResponses(entry: NatsEntry, nats: DraftMapping, draft: Draft): void {
  const { node, place } = entry;
  if (node.kind === 'flag') {
    if (node.value === true) draft.set(nats, 'allow_responses', true, place);
    return;
  }
  const block = readMap(entry, draft);
  if (block === null) return;
  const rule: DraftMapping = {};
  for (const inner of block.entries.values()) {
    takeResponseLimit(inner, rule, draft, place);
  }
  draft.set(nats, 'allow_responses', rule, place);
}

function takeResponseLimit(inner: NatsEntry, rule: DraftMapping, draft: Draft, place: Place): void {
  switch (inner.key.toLowerCase()) {
    case 'max':
    case 'max_msgs':
    case 'max_messages':
    case 'max_responses': {
      const max = readInteger(inner, draft);
      if (max !== null && max !== 0) draft.set(rule, 'max', max, inner.place);
      return;
    }
    case 'expires':
    case 'expiration':
    case 'ttl': {
      const expires = readDuration(inner, draft);
      if (expires !== null && expires > 0)
        draft.set(rule, 'expires', printDuration(expires), inner.place);
      return;
    }
    default:
      draft.error(
        inner.place,
        `unknown directive ${JSON.stringify(inner.key)}; known here: max, expires`,
      );
      draft.set(rule, 'max', 1, place);
  }
}
