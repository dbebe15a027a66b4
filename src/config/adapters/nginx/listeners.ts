import { isIP } from 'node:net';
import type { Draft, DraftMapping } from '../draft.ts';
import type { Place } from '../place.ts';
import { type Listen, listenKey, type ListenTarget, printListen } from './listen.ts';
import type { ServerBlock, ServerName } from './server.ts';

/** An address with the server blocks behind it, in the order of the file. */
interface Group {
  readonly address: ListenTarget;
  readonly members: Member[];
  isDual: boolean;
}

interface Member {
  readonly server: ServerBlock;
  readonly listen: Listen;
}

/**
 * Makes a listener of each address, its default server in `tls` and `routes`, and `certificates` of the
 * other server blocks. Whether there was anything to be listened on.
 */
export function takeListeners(
  servers: readonly ServerBlock[],
  listeners: unknown[],
  draft: Draft,
): boolean {
  const groups = mergeFamilies(groupByAddress(servers, draft), draft);
  const certificates: unknown[] = [];
  for (const group of groups) takeListener(group, listeners, certificates, draft);
  const [first] = groups;
  if (certificates.length > 0 && first?.members[0] !== undefined) {
    draft.set(draft.root, 'certificates', certificates, first.members[0].listen.place);
  }
  return groups.length > 0;
}

function groupByAddress(servers: readonly ServerBlock[], draft: Draft): Group[] {
  const groups = new Map<string, Group>();
  for (const server of servers) {
    if (server.listens.length === 0) {
      draft.notice(
        server.directive.place,
        'server',
        'left out: it listens on port 80, without ssl',
      );
    }
    for (const listen of server.listens) {
      const key = listenKey(listen.address);
      const group = groups.get(key) ?? { address: listen.address, members: [], isDual: false };
      group.isDual ||= listen.isDual;
      group.members.push({ server, listen });
      groups.set(key, group);
    }
  }
  // One `ssl` is enough for all that listen on the address.
  const [spoken, plain] = partition([...groups.values()], ({ members }) =>
    members.some(({ listen }) => listen.isSsl),
  );
  for (const { members } of plain) {
    for (const { listen } of members) {
      draft.notice(
        listen.place,
        'listen',
        'left out: without ssl, and plain HTTP is not served here',
      );
    }
  }
  return spoken;
}

/** `listen 443` and `listen [::]:443` are one listener. */
function mergeFamilies(groups: readonly Group[], draft: Draft): Group[] {
  return groups.filter((group) => {
    const { address } = group;
    if (address.kind !== 'tcp' || address.host !== '::') return true;
    const four = groups.find(
      ({ address: other }) =>
        other.kind === 'tcp' && other.host === '0.0.0.0' && other.port === address.port,
    );
    const [first] = group.members;
    if (four === undefined || first === undefined) {
      if (!group.isDual && first !== undefined) {
        draft.notice(first.listen.place, 'listen', 'clients come in over IPv4 as well');
        group.isDual = true;
      }
      return true;
    }
    four.isDual = true;
    if (!sameServers(four, group)) {
      draft.error(
        first.listen.place,
        `other server blocks listen on ${address.port} over IPv6 than over IPv4: name the same for both, with the same default_server`,
      );
    }
    return false;
  });
}

function sameServers(a: Group, b: Group): boolean {
  const set = new Set(a.members.map(({ server }) => server));
  return (
    set.size === new Set(b.members.map(({ server }) => server)).size &&
    b.members.every(({ server }) => set.has(server)) &&
    defaultOf(a)?.server === defaultOf(b)?.server
  );
}

function defaultOf({ members }: Group): Member | undefined {
  return members.find(({ listen }) => listen.isDefault) ?? members[0];
}

function takeListener(
  group: Group,
  listeners: unknown[],
  certificates: unknown[],
  draft: Draft,
): void {
  const chosen = defaultOf(group);
  if (chosen === undefined) return;
  refuseSecondDefault(group, draft);
  const { server, listen } = chosen;
  const address = printListen(group.address, group.isDual);
  const listener: DraftMapping = {};
  draft.set(listener, 'listen', address, listen.place);
  draft.set(listener, 'protocol', 'https', listen.place);
  if (!server.rejectsHandshake) {
    const tls: DraftMapping = {};
    server.takeTls(tls);
    draft.set(listener, 'tls', tls, server.directive.place);
    draft.set(listener, 'routes', server.routes(), server.directive.place);
  }
  draft.push(listeners, listener, server.directive.place);
  const names = assignNames(group, chosen, draft);
  for (const [member, own] of names) {
    if (own.length > 0) takeCertificate(member, own, address, certificates, draft);
  }
}

function refuseSecondDefault({ members }: Group, draft: Draft): void {
  const [, second] = members.filter(({ listen }) => listen.isDefault);
  if (second !== undefined) {
    draft.error(second.listen.place, 'another server block is the default_server of this address');
  }
}

/**
 * The names that each server block needs a certificate of its own for. The default server's are its
 * already, unless a wildcard of another would take them.
 */
function assignNames(group: Group, chosen: Member, draft: Draft): Map<Member, ServerName[]> {
  const owners = new Map<string, Member>();
  const assigned = new Map<Member, ServerName[]>();
  for (const member of group.members) {
    const own: ServerName[] = [];
    for (const { name, place } of member.server.names) {
      const owner = owners.get(name);
      if (owner === undefined) {
        owners.set(name, member);
        own.push({ name, place });
      } else if (owner !== member) {
        draft.notice(
          place,
          'server_name',
          `${name} is the name of an earlier server block, which has it`,
        );
      }
    }
    assigned.set(
      member,
      own.filter((one) => canBeAsked(one, member === chosen, draft)),
    );
  }
  const others = group.members.filter((member) => member !== chosen);
  if (!chosen.server.rejectsHandshake) {
    const wildcards = others
      .flatMap((member) => assigned.get(member) ?? [])
      .map(({ name }) => name);
    const taken = (assigned.get(chosen) ?? []).filter(({ name }) =>
      wildcards.includes(`*${name.slice(name.indexOf('.'))}`),
    );
    assigned.set(chosen, taken);
  } else assigned.set(chosen, []);
  for (const member of others) reportUnreachable(member, assigned, draft);
  return assigned;
}

/** Clients never send an address as server name. */
function canBeAsked({ name, place }: ServerName, isDefault: boolean, draft: Draft): boolean {
  if (isIP(name.replace(/^\[(.*)\]$/, '$1')) === 0) return true;
  if (!isDefault) {
    draft.notice(
      place,
      'server_name',
      `${name} is no server name of TLS; requests for it go to the default server`,
    );
  }
  return false;
}

function reportUnreachable(
  member: Member,
  assigned: Map<Member, ServerName[]>,
  draft: Draft,
): void {
  const { server } = member;
  const { place } = server.directive;
  if (server.rejectsHandshake) {
    draft.error(place, 'ssl_reject_handshake is known here for the default server alone');
  } else if ((assigned.get(member) ?? []).length === 0) {
    draft.notice(
      place,
      'server',
      'left out: no name leads to it, and it is not the default server',
    );
  }
}

function takeCertificate(
  { server, listen }: Member,
  names: readonly ServerName[],
  address: string,
  certificates: unknown[],
  draft: Draft,
): void {
  const { place }: { place: Place } = server.directive;
  const certificate: DraftMapping = {};
  const snis: string[] = [];
  for (const one of names) draft.push(snis, one.name, one.place);
  draft.set(certificate, 'snis', snis, names[0]?.place ?? place);
  draft.set(certificate, 'listener', address, listen.place);
  server.takeTls(certificate);
  draft.set(certificate, 'routes', server.routes(), place);
  draft.push(certificates, certificate, place);
}

function partition<Item>(items: readonly Item[], test: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter((item) => test(item)), items.filter((item) => !test(item))];
}
