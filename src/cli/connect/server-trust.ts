import { printGeneralName } from '../../pki/general-name.ts';
import { printName } from '../../pki/name.ts';
import { followNames } from '../../pki/path.ts';
import type { PeerCause } from '../../pki/peer-cause.ts';
import { visible } from '../../pki/visible-text.ts';
import { type ConnectFacts, isServerTrusted } from './facts.ts';

/** What was verified of the server and how it came out, one line each. Empty: nothing was looked at. */
export function trustLines(facts: ConnectFacts): string[] {
  const { probe, settings, verdict } = facts;
  const { verification } = probe;
  if (verification === null) return [];
  const anchor = verdict?.path?.at(-1);
  const upTo = anchor === undefined ? '' : `, up to ${printName(anchor.subject)}`;
  const faults = chainFaults(facts);
  return [
    ...(faults.length === 0
      ? [`chain     good by ${settings.trustName}${upTo}`]
      : [
          `chain     NOT TRUSTED by ${settings.trustName}${upTo}`,
          ...faults.map((fault) => `          ${fault}`),
        ]),
    verification.nameError === null
      ? `name      ${settings.serverName} is one of its names`
      : `name      ${settings.serverName} is NOT one of its names (${namesOf(facts)})`,
  ];
}

/** Why a client that means it has to refuse this server, and what to do; null: it has not. */
export function trustFault(
  facts: ConnectFacts,
): { readonly meaning: string; readonly remedy: string } | null {
  const { verification } = facts.probe;
  if (verification === null || isServerTrusted(facts)) return null;
  const { serverName } = facts.settings;
  const [meaning] = chainFaults(facts);
  if (meaning === undefined) {
    return {
      meaning: `it is not for ${serverName} but for ${namesOf(facts)}`,
      remedy: `name what it is for with --servername, or issue one: issue server ${serverName}`,
    };
  }
  const code = causesOf(facts)[0]?.code;
  return { meaning, remedy: (code && REMEDIES[code]) ?? REMEDY_BY_CA };
}

const REMEDY_BY_CA = 'name the CA that issued it: --cacert FILE';
const REMEDIES: Readonly<Partial<Record<PeerCause['code'], string>>> = {
  expired: "renew the server's certificate",
  'not-yet-valid': 'compare the clocks of both machines',
  'missing-intermediate': 'have the server send its intermediates as well, after its certificate',
  'wrong-purpose': 'the server needs a certificate for serverAuth: issue server NAME',
  'weak-signature': 'issue the server a certificate with a stronger key and digest',
};

/** Empty: the chain is good. OpenSSL alone may refuse what our verifier accepts, and the other way round. */
function chainFaults(facts: ConnectFacts): string[] {
  const causes = causesOf(facts).map(
    (cause) => `${cause.code}: ${visible(detailOf(cause, facts))}`,
  );
  const chainError = facts.probe.verification?.chainError ?? null;
  return causes.length > 0 || chainError === null ? causes : [`OpenSSL says ${chainError}`];
}

/** A missing issuer is the server's to send here, and the user's to trust. */
function detailOf({ code, detail }: PeerCause, { server, settings }: ConnectFacts): string {
  const [leaf, ...others] = server?.certificates ?? [];
  if (leaf === undefined || (code !== 'unknown-issuer' && code !== 'missing-intermediate')) {
    return detail;
  }
  const line = followNames(leaf, others);
  const top = line[line.length - 1];
  const issuer = printName(top.issuer) || '(empty name)';
  if (code === 'missing-intermediate') return `${issuer}, which issued it, was not sent along`;
  if (top.canonicalIssuer !== top.canonicalSubject) {
    const what = line.length === 1 ? 'it' : printName(top.subject);
    return `${issuer}, which issued ${what}, is not ${settings.trustPlace}`;
  }
  return line.length === 1
    ? `it is self-signed, and not ${settings.trustPlace}`
    : `its root ${issuer} is not ${settings.trustPlace}`;
}

function causesOf({ verdict }: ConnectFacts): readonly PeerCause[] {
  return verdict?.kind === 'failed' ? verdict.causes : [];
}

function namesOf({ server }: ConnectFacts): string {
  const leaf = server?.certificates[0];
  if (leaf === undefined) return 'none that can be read';
  const names = leaf.subjectAltNames.filter(({ kind }) => kind === 'dns' || kind === 'ip');
  if (names.length === 0) return printName(leaf.subject) || 'nobody';
  const shown = names.slice(0, MAX_NAMES).map(printGeneralName).join(', ');
  return names.length > MAX_NAMES ? `${shown} and ${names.length - MAX_NAMES} more` : shown;
}

const MAX_NAMES = 6;
