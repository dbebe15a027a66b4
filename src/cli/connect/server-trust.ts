import { printGeneralName } from '../../pki/general-name.ts';
import { explainMissingIssuer } from '../../pki/missing-issuer.ts';
import { printName } from '../../pki/name.ts';
import { followNames } from '../../pki/path.ts';
import { type ConnectFacts, isServerTrusted } from './facts.ts';

/** What was verified of the server and how it came out, one line each. Empty: nothing was looked at. */
export function trustLines(facts: ConnectFacts): string[] {
  const { probe, settings, path } = facts;
  const { verification } = probe;
  if (verification === null) return [];
  const { chainError, nameError } = verification;
  const anchor = path?.at(-1);
  const upTo = anchor === undefined ? '' : `, up to ${printName(anchor.subject)}`;
  return [
    chainError === null
      ? `chain     good by ${settings.trustName}${upTo}`
      : `chain     NOT TRUSTED: ${chainFault(facts, chainError)}`,
    nameError === null
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
  const { chainError } = verification;
  const { serverName } = facts.settings;
  if (chainError === null) {
    return {
      meaning: `it is not for ${serverName} but for ${namesOf(facts)}`,
      remedy: `name what it is for with --servername, or issue one: issue server ${serverName}`,
    };
  }
  const meaning = chainFault(facts, chainError);
  return { meaning, remedy: REMEDIES.get(chainError) ?? REMEDY_BY_CA };
}

const REMEDY_BY_CA = 'name the CA that issued it: --cacert FILE';
const REMEDIES: ReadonlyMap<string, string> = new Map([
  ['CERT_HAS_EXPIRED', "renew the server's certificate"],
  ['CERT_NOT_YET_VALID', 'compare the clocks of both machines'],
  ['INVALID_PURPOSE', 'the server needs a certificate for serverAuth: issue server NAME'],
]);

function chainFault(facts: ConnectFacts, code: string): string {
  const words = FAULTS.get(code);
  if (words !== undefined) return words;
  if (!NO_ISSUER.has(code)) return `OpenSSL says ${code}`;
  const chain = facts.server?.certificates ?? [];
  const { trustPlace, anchors } = facts.settings;
  const leaf = chain[0];
  if (leaf === undefined) return 'it can not be read';
  const line = followNames(leaf, chain.slice(1));
  const top = line[line.length - 1];
  const issuer = printName(top.issuer) || '(empty name)';
  if (top.canonicalIssuer === top.canonicalSubject) {
    return line.length === 1
      ? `it is self-signed, and not ${trustPlace}`
      : `its root ${issuer} is not ${trustPlace}`;
  }
  const { code: why } = explainMissingIssuer(line, anchors);
  return why === 'missing-intermediate'
    ? `${issuer}, which issued it, was not sent along`
    : `${issuer}, which issued ${line.length === 1 ? 'it' : printName(top.subject)}, is not ${trustPlace}`;
}

const NO_ISSUER: ReadonlySet<string> = new Set([
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
]);
const FAULTS: ReadonlyMap<string, string> = new Map([
  ['CERT_HAS_EXPIRED', 'a certificate of it has expired'],
  ['CERT_NOT_YET_VALID', 'a certificate of it is not valid yet'],
  ['CERT_SIGNATURE_FAILURE', 'a signature in it is wrong'],
  ['CERT_REVOKED', 'it was revoked'],
  ['INVALID_PURPOSE', 'it is not for servers'],
  ['INVALID_CA', 'one of its issuers is no CA'],
  ['PATH_LENGTH_EXCEEDED', 'it is longer than one of its CAs allows'],
]);

function namesOf({ server }: ConnectFacts): string {
  const leaf = server?.certificates[0];
  if (leaf === undefined) return 'none that can be read';
  const names = leaf.subjectAltNames.filter(({ kind }) => kind === 'dns' || kind === 'ip');
  if (names.length === 0) return printName(leaf.subject) || 'nobody';
  const shown = names.slice(0, MAX_NAMES).map(printGeneralName).join(', ');
  return names.length > MAX_NAMES ? `${shown} and ${names.length - MAX_NAMES} more` : shown;
}

const MAX_NAMES = 6;
