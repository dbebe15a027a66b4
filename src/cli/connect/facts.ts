import { type Certificate, parseCertificate } from '../../pki/certificate.ts';
import { CertificateError } from '../../pki/certificate-error.ts';
import { DerError } from '../../pki/der.ts';
import { printName } from '../../pki/name.ts';
import { decodeName } from '../../pki/name-der.ts';
import { type ChainVerdict, verifyChain } from '../../pki/verify-chain.ts';
import { groupName, versionName } from '../../tls/protocol-names.ts';
import { type Outcome, outcomeOf } from '../../tls/probe/outcome.ts';
import type { Probe } from '../../tls/probe/probe.ts';
import { cipherSuiteName } from '../../tls/transcript/cipher-suites.ts';
import type { Message } from '../../tls/transcript/message.ts';
import type { Side } from '../../tls/transcript/transcript.ts';
import type { ClientIdentity } from './client-identity.ts';
import type { ConnectTarget } from './target.ts';

/** What the command was told, as far as its reports speak of it. */
export interface ConnectSettings {
  readonly target: ConnectTarget;
  readonly serverName: string;
  /** What the server was verified by, as people name it: `--cacert ca.crt`, `the public roots`. */
  readonly trustName: string;
  /** The same after a "not": `in --cacert ca.crt`, `among the public roots`. */
  readonly trustPlace: string;
  /** Null: the public roots. */
  readonly caPem: string | null;
  readonly anchors: readonly Certificate[];
  readonly identity: ClientIdentity | null;
  readonly alpn: readonly string[];
  readonly timeoutMs: number;
  readonly startTls: 'none' | 'nats';
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** The flags that another call needs to do the same, without the client's certificate. */
  readonly repeated: readonly string[];
}

/** Everything that a report tells of one handshake. */
export interface ConnectFacts {
  readonly settings: ConnectSettings;
  readonly probe: Probe;
  readonly outcome: Outcome;
  readonly server: ShownChain | null;
  readonly client: ShownChain | null;
  /** What our verifier says of the server's chain; null: there is nothing to look at. */
  readonly verdict: ChainVerdict | null;
  /** The server's request for a certificate; null: it has not asked. */
  readonly request: CertificateRequest | null;
  readonly parameters: Parameters | null;
}

/** A chain as it was sent. */
export interface ShownChain {
  readonly certificates: readonly Certificate[];
  /** How many more were sent that can't be read. */
  readonly unreadable: number;
}

export interface CertificateRequest {
  /** DER of the names of CAs; empty: any. */
  readonly authorities: readonly Buffer[];
  readonly schemes: readonly number[];
}

/** What the two sides agreed on. */
export interface Parameters {
  readonly version: string;
  readonly cipherSuite: string;
  readonly group: string | null;
  readonly alpn: string | null;
}

/** Puts together what a probe has brought. */
export function connectFacts(settings: ConnectSettings, probe: Probe): ConnectFacts {
  const server = shownChain(probe, 'server');
  return {
    settings,
    probe,
    outcome: outcomeOf(probe),
    server,
    client: shownChain(probe, 'client'),
    verdict: server === null ? null : judge(server, settings),
    request: find(probe, 'certificate-request'),
    parameters: parametersOf(probe),
  };
}

/** A CA's name from a CertificateRequest, as text. */
export function authorityText(der: Buffer): string {
  try {
    return printName(decodeName(der)) || '(empty name)';
  } catch (error) {
    if (error instanceof DerError) return '(unreadable name)';
    throw error;
  }
}

/** The names of the CAs whose certificates the server asks for. */
export function authorityNames({ request }: ConnectFacts): string[] {
  return (request?.authorities ?? []).map(authorityText);
}

/** Whether the client showed a certificate. */
export function hasShownCertificate({ client }: ConnectFacts): boolean {
  return client !== null && client.certificates.length + client.unreadable > 0;
}

/** Whether the server's certificate was verified, chain and name, by OpenSSL and by us. */
export function isServerTrusted({ probe: { verification }, verdict }: ConnectFacts): boolean {
  const isGood = verification?.chainError === null && verification.nameError === null;
  return isGood && verdict?.kind !== 'failed';
}

function shownChain({ transcript }: Probe, from: Side): ShownChain | null {
  for (const entry of transcript.entries) {
    if (entry.from === from && entry.message.kind === 'certificate') {
      return readChain(entry.message.chain);
    }
  }
  return null;
}

function readChain(ders: readonly Buffer[]): ShownChain {
  const certificates: Certificate[] = [];
  let unreadable = 0;
  for (const der of ders) {
    try {
      certificates.push(parseCertificate(der));
    } catch (error) {
      if (!(error instanceof CertificateError)) throw error;
      unreadable += 1;
    }
  }
  return { certificates, unreadable };
}

/** A chain of which we can't read everything is left to OpenSSL. */
function judge(
  { certificates, unreadable }: ShownChain,
  { anchors, startedAt }: ConnectSettings,
): ChainVerdict | null {
  if (certificates.length === 0 || unreadable > 0) return null;
  const requirements = { anchors, depth: null, pins: NO_PINS };
  return verifyChain({ chain: certificates, requirements, purpose: 'server', at: startedAt });
}

const NO_PINS: ReadonlySet<string> = new Set();

function find<K extends Message['kind']>(
  { transcript }: Probe,
  kind: K,
): Extract<Message, { kind: K }> | null {
  for (const { message } of transcript.entries) {
    if (message.kind === kind) return message as Extract<Message, { kind: K }>;
  }
  return null;
}

function parametersOf(probe: Probe): Parameters | null {
  const hello = find(probe, 'server-hello');
  if (hello === null) return null;
  const group = hello.group ?? find(probe, 'server-key-exchange')?.group ?? null;
  return {
    version: versionName(hello.version),
    cipherSuite: cipherSuiteName(hello.cipherSuite),
    group: group === null ? null : groupName(group),
    alpn: hello.alpn ?? find(probe, 'encrypted-extensions')?.alpn ?? null,
  };
}
