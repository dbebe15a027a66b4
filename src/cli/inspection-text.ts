import type { Candidate } from '../identity/candidate.ts';
import { printGeneralName } from '../pki/general-name.ts';
import { visible } from '../pki/visible-text.ts';
import type { CertificateInspection, Inspection } from './inspection.ts';
import { clock, span } from './time-text.ts';

/** An item for people: a heading and one indented line a fact. Nothing in it can act on a terminal. */
export function inspectionText(inspection: Inspection, now: number): string {
  const [heading, facts] = factsOf(inspection, now);
  const lines = facts
    .filter(([, value]) => value !== '')
    .map(([label, value]) => `  ${label.padEnd(LABEL_WIDTH)}${value}\n`);
  return `${heading}\n${lines.join('')}`;
}

type Facts = readonly (readonly [label: string, value: string])[];

const LABEL_WIDTH = 15;

function factsOf(inspection: Inspection, now: number): [heading: string, facts: Facts] {
  switch (inspection.type) {
    case 'certificate':
      return [certificateHeading(inspection), certificateFacts(inspection, now)];
    case 'request':
      return [
        'Certificate request',
        [
          ['subject', inspection.subject || '(empty)'],
          ['names', inspection.subjectAltNames.join(', ')],
          ['key', inspection.publicKey],
          [
            'signature',
            `${inspection.signatureAlgorithm}, ${signatureWords[inspection.signature]}`,
          ],
          ['SPKI SHA-256', inspection.spkiPin],
        ],
      ];
    case 'crl':
      return [
        'Certificate revocation list',
        [
          ['issuer', inspection.issuer],
          ['from', clock(inspection.thisUpdate)],
          ['next', nextUpdateText(inspection.nextUpdate, inspection.state)],
          ['revoked', `${inspection.revoked} certificate${inspection.revoked === 1 ? '' : 's'}`],
          ['number', inspection.number ?? ''],
          ['signature', `${inspection.signatureAlgorithm}, not verified here`],
          ['not usable', inspection.obstacle === null ? '' : `it is ${inspection.obstacle}`],
        ],
      ];
    case 'private-key':
    case 'public-key':
      return [
        inspection.type === 'private-key' ? 'Private key' : 'Public key',
        [
          ['key', inspection.publicKey],
          ['SPKI SHA-256', inspection.spkiPin],
        ],
      ];
    case 'encrypted-private-key':
      return ['Private key, encrypted', []];
    case 'other':
      return [`${inspection.label} (not looked into)`, []];
    default:
      return inspection satisfies never;
  }
}

const signatureWords = {
  good: 'verified: its sender has the key',
  bad: 'WRONG: it is not made by the key in the request',
  weak: 'made with SHA-1 or older, not accepted',
  unsupported: 'of a kind that is not known here',
} as const;

function certificateHeading(inspection: CertificateInspection): string {
  if (!inspection.isCa) return 'Certificate';
  return inspection.isSelfIssued ? 'Root CA certificate' : 'Intermediate CA certificate';
}

function certificateFacts(inspection: CertificateInspection, now: number): Facts {
  const { notBefore, notAfter, nameConstraints } = inspection;
  const constraints = [
    ...(nameConstraints?.permitted ?? []).map((name) => `only ${name}`),
    ...(nameConstraints?.excluded ?? []).map((name) => `not ${name}`),
  ];
  return [
    ['subject', inspection.subject || '(empty)'],
    ['issuer', inspection.isSelfIssued ? 'itself' : inspection.issuer],
    ['names', inspection.subjectAltNames.join(', ')],
    ['valid', `${clock(notBefore)} to ${clock(notAfter)} (${stateText(inspection, now)})`],
    ['usage', usageText(inspection)],
    ['constraints', constraints.join(', ')],
    ['CRL at', inspection.crlUrls.join(', ')],
    ['not understood', inspection.unknownCriticalExtensions.join(', ')],
    ['key', inspection.publicKey],
    ['signature', inspection.signatureAlgorithm],
    ['serial number', inspection.serialNumber],
    ['SHA-256', inspection.fingerprint],
    ['SHA-1', inspection.sha1Fingerprint],
    ['SPKI SHA-256', inspection.spkiPin],
    ...identityFacts(inspection.identities),
  ];
}

function usageText(inspection: CertificateInspection): string {
  const purposes = inspection.extendedKeyUsage ?? ['any purpose'];
  const limit = inspection.pathLength;
  const authority =
    inspection.isCa && limit !== null
      ? [limit === 0 ? 'no CA below it' : `at most ${limit} CAs below it`]
      : [];
  return [...purposes, ...(inspection.keyUsage ?? ['any key usage']), ...authority].join(', ');
}

function identityFacts(identities: readonly Candidate[]): Facts {
  return identities.map((candidate, index) => {
    const note = candidate.kind.startsWith('dn-nats') ? '  (with --adapter nats)' : '';
    return [index === 0 ? 'matched as' : '', `${index + 1}. ${identityText(candidate)}${note}`];
  });
}

function identityText(candidate: Candidate): string {
  switch (candidate.kind) {
    case 'email':
    case 'dns':
    case 'uri':
      return printGeneralName({ kind: candidate.kind, value: candidate.value });
    case 'dn':
      return `subject ${candidate.value}`;
    case 'dn-nats':
    case 'dn-nats-dc':
      return `subject ${visible(candidate.value)}`;
    default:
      return candidate.kind satisfies never;
  }
}

function stateText(inspection: CertificateInspection, now: number): string {
  switch (inspection.state) {
    case 'valid':
      return `${span(Date.parse(inspection.notAfter) - now)} left`;
    case 'expired':
      return `EXPIRED ${span(now - Date.parse(inspection.notAfter))} ago`;
    case 'not-yet-valid':
      return `NOT YET VALID, for another ${span(Date.parse(inspection.notBefore) - now)}`;
    default:
      return inspection.state satisfies never;
  }
}

function nextUpdateText(nextUpdate: string | null, state: 'current' | 'stale'): string {
  if (nextUpdate === null) return 'not named';
  return `${clock(nextUpdate)}${state === 'stale' ? ' (STALE)' : ''}`;
}
