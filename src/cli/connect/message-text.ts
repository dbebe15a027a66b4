import { parseCertificate } from '../../pki/certificate.ts';
import { CertificateError } from '../../pki/certificate-error.ts';
import { printName } from '../../pki/name.ts';
import { visible } from '../../pki/visible-text.ts';
import { alertName } from '../../tls/alert.ts';
import { groupName, versionName } from '../../tls/protocol-names.ts';
import { cipherSuiteName } from '../../tls/transcript/cipher-suites.ts';
import type {
  CertificateMessage,
  CertificateRequestMessage,
  ClientHelloMessage,
  Message,
} from '../../tls/transcript/message.ts';
import { signatureSchemeName } from '../../tls/transcript/signature-schemes.ts';
import type { TranscriptEntry } from '../../tls/transcript/transcript.ts';
import { span } from '../time-text.ts';
import { authorityText } from './facts.ts';

/** The name of a message as the RFCs write it. */
export function messageName(message: Message): string {
  return NAMES[message.kind];
}

const NAMES: Readonly<Record<Message['kind'], string>> = {
  'client-hello': 'ClientHello',
  'server-hello': 'ServerHello',
  'hello-retry-request': 'HelloRetryRequest',
  'encrypted-extensions': 'EncryptedExtensions',
  'certificate-request': 'CertificateRequest',
  certificate: 'Certificate',
  'certificate-status': 'CertificateStatus',
  'server-key-exchange': 'ServerKeyExchange',
  'server-hello-done': 'ServerHelloDone',
  'client-key-exchange': 'ClientKeyExchange',
  'certificate-verify': 'CertificateVerify',
  finished: 'Finished',
  'new-session-ticket': 'NewSessionTicket',
  'key-update': 'KeyUpdate',
  'hello-request': 'HelloRequest',
  'other-handshake': 'Handshake message',
  'change-cipher-spec': 'ChangeCipherSpec',
  alert: 'Alert',
  'application-data': 'Application data',
  encrypted: 'Encrypted record',
  malformed: 'Malformed message',
  foreign: 'Not TLS',
  unfinished: 'Cut short',
};

/** What a message says, one line each; nothing in it can act on a terminal. */
export function messageDetails({ message, from }: TranscriptEntry): string[] {
  switch (message.kind) {
    case 'client-hello':
      return clientHelloDetails(message);
    case 'server-hello':
      return [
        [
          versionName(message.version),
          cipherSuiteName(message.cipherSuite),
          ...(message.group === null ? [] : [groupName(message.group)]),
          ...(message.alpn === null ? [] : [`ALPN ${message.alpn}`]),
        ].join(', '),
      ];
    case 'hello-retry-request':
      return [
        message.group === null
          ? 'once more, with the cookie that it sends'
          : `once more, with a key share of ${groupName(message.group)}`,
      ];
    case 'encrypted-extensions':
      return [message.alpn === null ? 'no ALPN' : `ALPN ${message.alpn}`];
    case 'certificate-request':
      return requestDetails(message);
    case 'certificate':
      return [certificateDetails(message)];
    case 'server-key-exchange':
      return [
        [
          ...(message.group === null ? [] : [groupName(message.group)]),
          ...(message.scheme === null ? [] : [`signed by ${signatureSchemeName(message.scheme)}`]),
        ].join(', '),
      ];
    case 'certificate-verify':
      return [`${signatureSchemeName(message.scheme)}: the ${from} has the key`];
    case 'finished':
      return [`the ${from} confirms every message before it`];
    case 'new-session-ticket':
      return [`a session to resume for ${span(message.lifetimeSeconds * 1000)}`];
    case 'other-handshake':
      return [`of type ${message.type}`];
    case 'alert':
      return [alertDetails(message)];
    case 'application-data':
      return [isText(message.start) ? quotation(message.start) : ''];
    case 'encrypted':
      return [message.content === 'unknown' ? '' : `${message.content} that can't be read here`];
    case 'malformed':
      return [message.detail];
    case 'foreign':
      return [quotation(message.start)];
    case 'unfinished':
      return ['the connection ended here'];
    default:
      return [];
  }
}

/** The beginning of what somebody sent, on one line: as text, or in hex where it is none. */
export function quotation(bytes: Buffer): string {
  if (!isText(bytes)) return `${bytes.subarray(0, 16).toString('hex')} (hex)`;
  const text = visible(bytes.subarray(0, 120).toString('latin1').split(/\r?\n/)[0]);
  return text.length <= 80 ? text : `${text.slice(0, 80)}...`;
}

function isText(bytes: Buffer): boolean {
  return bytes.every((byte) => byte >= 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d);
}

function alertDetails(alert: Extract<Message, { kind: 'alert' }>): string {
  const name = `${alertName(alert.description)} (${alert.description})`;
  return alert.fatal ? `fatal: ${name}` : name;
}

function clientHelloDetails(message: ClientHelloMessage): string[] {
  const { versions, sni, alpn, keyShares, groups, cipherSuites } = message;
  const first = [
    versions.map(versionName).join(' or '),
    sni === null ? 'no server name' : `server name ${sni}`,
    alpn.length === 0 ? 'no ALPN' : `ALPN ${alpn.join(', ')}`,
  ];
  const offered = `${groups.length} groups, ${cipherSuites.length} cipher suites`;
  const shares = keyShares.map(groupName).join(' and ');
  return [first.join('; '), shares === '' ? offered : `key shares of ${shares}; ${offered}`];
}

const MAX_NAMES = 6;

function requestDetails({ authorities }: CertificateRequestMessage): string[] {
  if (authorities.length === 0) return ['a certificate of any CA'];
  const names = authorities.slice(0, MAX_NAMES).map(authorityText);
  const more = authorities.length - names.length;
  const [first, ...others] = names;
  return [
    `a certificate of ${first}`,
    ...others.map((name) => `or ${name}`),
    ...(more > 0 ? [`or one of ${more} more CAs`] : []),
  ];
}

function certificateDetails({ chain, stapled }: CertificateMessage): string {
  const [leaf] = chain;
  if (leaf === undefined) return 'none to show';
  const others = chain.length - 1;
  const rest = others === 0 ? '' : others === 1 ? ' and 1 more' : ` and ${others} more`;
  return `${subjectOf(leaf)}${rest}${stapled ? ', with an OCSP answer' : ''}`;
}

function subjectOf(der: Buffer): string {
  try {
    return printName(parseCertificate(der).subject) || '(empty subject)';
  } catch (error) {
    if (error instanceof CertificateError) return '(unreadable)';
    throw error;
  }
}
