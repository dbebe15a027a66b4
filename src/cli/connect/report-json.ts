import { describeCertificate } from '../../pki/describe-certificate.ts';
import { alertName } from '../../tls/alert.ts';
import { groupName, versionName } from '../../tls/protocol-names.ts';
import { cipherSuiteName } from '../../tls/transcript/cipher-suites.ts';
import type { Message } from '../../tls/transcript/message.ts';
import { signatureSchemeName } from '../../tls/transcript/signature-schemes.ts';
import type { TranscriptEntry } from '../../tls/transcript/transcript.ts';
import type { Conclusion } from './conclusion.ts';
import {
  authorityNames,
  authorityText,
  type ConnectFacts,
  hasShownCertificate,
  isServerTrusted,
  type ShownChain,
} from './facts.ts';
import { messageName } from './message-text.ts';
import { targetText } from './target.ts';

/** A handshake as data. Times are milliseconds since the start. */
export function connectJson(facts: ConnectFacts, conclusion: Conclusion): object {
  const { settings, probe, outcome, parameters, verdict } = facts;
  const { address, transcript, verification } = probe;
  return {
    target: targetText(settings.target),
    address: address === null ? null : targetText({ host: address.ip, port: address.port }),
    serverName: settings.serverName,
    startTls: settings.startTls,
    greeting: probe.greeting,
    outcome: {
      good: conclusion.good,
      kind: outcome.kind,
      late: outcome.kind === 'refused' && outcome.when === 'after',
      alert: alertOf(facts),
      headline: conclusion.headline,
      meaning: conclusion.meaning,
      remedy: conclusion.remedy,
      notes: conclusion.notes,
    },
    agreed: parameters,
    connectedMs: nullable(probe.connectedMs, rounded),
    secureMs: nullable(probe.secureMs, rounded),
    roundTrips: transcript.roundTrips,
    bytes: transcript.sent,
    messages: transcript.entries.map(messageJson),
    server: {
      chain: chainJson(facts.server),
      trusted: isServerTrusted(facts),
      trust: settings.trustName,
      anchor:
        verdict?.kind === 'verified'
          ? describeCertificate(verdict.path[verdict.path.length - 1]).subject
          : null,
      causes:
        verdict?.kind === 'failed'
          ? verdict.causes.map(({ code, detail }) => ({ code, detail }))
          : [],
      chainError: verification?.chainError ?? null,
      nameError: verification?.nameError ?? null,
    },
    client: {
      askedFor: facts.request !== null,
      authorities: authorityNames(facts),
      shown: hasShownCertificate(facts),
      chain: chainJson(facts.client),
    },
  };
}

function alertOf({ outcome }: ConnectFacts): object | null {
  const number = 'alert' in outcome ? outcome.alert : null;
  return number === null ? null : { number, name: alertName(number) };
}

function chainJson(chain: ShownChain | null): readonly object[] {
  return chain?.certificates.map(describeCertificate) ?? [];
}

function messageJson({ from, atMs, bytes, encrypted, message }: TranscriptEntry): object {
  return {
    from,
    atMs: rounded(atMs),
    bytes,
    encrypted,
    name: messageName(message),
    ...contentJson(message),
  };
}

/** What a message says with names instead of numbers, and certificates by their count. */
function contentJson(message: Message): object {
  switch (message.kind) {
    case 'client-hello':
      return {
        versions: message.versions.map(versionName),
        serverName: message.sni,
        alpn: message.alpn,
        groups: message.groups.map(groupName),
        keyShares: message.keyShares.map(groupName),
        cipherSuites: message.cipherSuites.map(cipherSuiteName),
      };
    case 'server-hello':
      return {
        version: versionName(message.version),
        cipherSuite: cipherSuiteName(message.cipherSuite),
        group: nullable(message.group, groupName),
        alpn: message.alpn,
      };
    case 'hello-retry-request':
      return { group: nullable(message.group, groupName), cookie: message.cookie };
    case 'encrypted-extensions':
      return { alpn: message.alpn };
    case 'certificate-request':
      return {
        authorities: message.authorities.map(authorityText),
        schemes: message.schemes.map(signatureSchemeName),
      };
    case 'certificate':
      return { certificates: message.chain.length, stapled: message.stapled };
    case 'server-key-exchange':
      return {
        group: nullable(message.group, groupName),
        scheme: nullable(message.scheme, signatureSchemeName),
      };
    case 'certificate-verify':
      return { scheme: signatureSchemeName(message.scheme) };
    case 'new-session-ticket':
      return { lifetimeSeconds: message.lifetimeSeconds };
    case 'other-handshake':
      return { type: message.type };
    case 'alert':
      return {
        fatal: message.fatal,
        alert: { number: message.description, name: alertName(message.description) },
      };
    case 'application-data':
    case 'foreign':
      return { start: message.start.toString('latin1') };
    case 'encrypted':
      return { content: message.content };
    case 'malformed':
      return { detail: message.detail };
    default:
      return {};
  }
}

function nullable<T, R>(value: T | null, change: (value: T) => R): R | null {
  return value === null ? null : change(value);
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
