import { constants, hash, X509Certificate } from 'node:crypto';
import * as tls from 'node:tls';
import { type Certificate, parseCertificate } from '../pki/certificate.ts';
import type { PeerRequirements, PeerVerdict, VerifiedPeer } from '../pki/peer.ts';
import { decodePem } from '../pki/pem.ts';
import { parseRevocationLists, type RevocationList } from '../pki/revocation-list.ts';
import { RevocationLists } from '../pki/revocation-lists.ts';
import type { LiveRevocations } from './live-revocations.ts';
import { decideTickets, type TicketKeys } from './node-tls.ts';
import type { ServerTlsOptions } from './options.ts';
import type { ServerSideOptions } from './server-handshake.ts';
import {
  MATERIAL_MISSING,
  type MaterialSource,
  NO_MATERIAL,
  type ServerMaterial,
} from './server-material.ts';
import { SESSION_LIFETIME_S } from './session-store.ts';
import { type PeerCache, PeerJudge, type PresentedPeer } from './peer-judge.ts';
import { TicketBox } from './ticket-box.ts';
import type { TicketSecrets } from './ticket-secrets.ts';

/**
 * One server certificate with what is asked of its clients. Nothing is parsed and no OpenSSL context
 * is made before the first connection that needs it; both are kept from then on.
 */
export class ServerContext {
  readonly options: ServerTlsOptions;
  readonly #alpn: readonly string[];
  readonly #peers: PeerCache;
  readonly #ticketSecrets: TicketSecrets;
  readonly #revocations: LiveRevocations;
  readonly #materials: MaterialSource;
  #material: ServerMaterial | null;
  /** Who waits for the material; null: nobody, and it was not asked for. */
  #waiting: (() => void)[] | null = null;
  #tickets: TicketBox | null = null;
  #sideOptions: ServerSideOptions | null = null;
  #judge: PeerJudge | null = null;
  #binding: string | null = null;

  /** `alpn` is the listener's: protocols in its order of preference, empty: ALPN is not answered. */
  constructor(
    options: ServerTlsOptions,
    alpn: readonly string[],
    peers: PeerCache,
    ticketSecrets: TicketSecrets,
    revocations: LiveRevocations,
    materials: MaterialSource = NO_MATERIAL,
  ) {
    this.options = options;
    this.#materials = materials;
    this.#material = options.materialId === undefined ? options : null;
    this.#revocations = revocations;
    this.#alpn = alpn;
    this.#peers = peers;
    this.#ticketSecrets = ticketSecrets;
  }

  /** Certificate and key; null: they are elsewhere, and were not fetched. */
  get material(): ServerMaterial | null {
    return this.#material;
  }

  /** Asks for certificate and key, once for all who wait. `done` is called also where they can't be had. */
  fetchMaterial(done: () => void): void {
    const { materialId } = this.options;
    if (this.#material !== null || materialId === undefined) return done();
    if (this.#waiting !== null) {
      this.#waiting.push(done);
      return;
    }
    this.#waiting = [done];
    this.#materials.find(materialId, (material) => {
      const waiting = this.#waiting ?? [];
      this.#material = material;
      this.#waiting = null;
      for (const each of waiting) each();
    });
  }

  /**
   * What a server side of this context is made with. Throws where certificate, key or trust bundle
   * can't be used, or certificate and key could not be fetched.
   */
  get sideOptions(): ServerSideOptions {
    // What is wrong with the trust bundle is to be known before a handshake.
    void this.#peerJudge;
    this.#sideOptions ??= this.#makeSideOptions();
    return this.#sideOptions;
  }

  /** What sessions of this context are bound to, see `sessionBinding`. */
  get binding(): string {
    this.#binding ??= sessionBinding(this.options);
    return this.#binding;
  }

  /** The tickets of this context, where its sessions are in them. */
  get tickets(): TicketBox {
    this.#tickets ??= new TicketBox(this.#ticketSecrets, this.binding);
    return this.#tickets;
  }

  /**
   * Whether a client that showed this chain when its session was made may resume it now: one without a
   * certificate where none is required, another while its certificate is good.
   */
  mayResume(chain: readonly Buffer[], at: number): boolean {
    const { mode, admitsUnverified } = this.options;
    if (chain.length === 0) return mode !== 'true' || admitsUnverified;
    return this.judge({ chain, opensslError: null }, at).kind === 'verified';
  }

  /** The chain by which this leaf was verified lately, as presented; null: it wasn't. */
  knownChain(leaf: Buffer): readonly Buffer[] | null {
    return this.#peerJudge.knownChain(leaf);
  }

  /** As `PeerJudge.recognise`. */
  recognise(leaf: Buffer, at: number): VerifiedPeer | null {
    return this.#peerJudge.recognise(leaf, at);
  }

  /** What clients of this context are held to. */
  get requirements(): PeerRequirements {
    return this.#peerJudge.requirements;
  }

  /** Judges a client of this context; `at` is milliseconds since the epoch. */
  judge(presented: PresentedPeer, at: number): PeerVerdict {
    return this.#peerJudge.judge(presented, at);
  }

  /**
   * Judges a client that another context has verified, as after a reload: under this one's trust
   * bundle, depth and pins. Only `verified` can change, and only to `failed`.
   */
  rejudge(verdict: PeerVerdict, at: number): PeerVerdict {
    if (verdict.kind !== 'verified') return verdict;
    return this.#peerJudge.rejudge(verdict.peer, at);
  }

  get #peerJudge(): PeerJudge {
    return (this.#judge ??= this.#makeJudge());
  }

  #makeSideOptions(): ServerSideOptions {
    const { options } = this;
    const asks = options.mode !== 'false';
    return {
      secureContext: this.#makeSecureContext(),
      requestCert: asks,
      rejectUnauthorized: options.mode === 'true' && !options.admitsUnverified,
      alpn: this.#alpn.length === 0 ? null : encodeAlpn(this.#alpn),
    };
  }

  #makeSecureContext(): tls.SecureContext {
    const { options } = this;
    if (this.#material === null) throw new MaterialMissingError();
    const context = makeSecureContext(options, this.#material, this.binding);
    if (options.sessions === 'tickets') decideTickets(context, this.tickets);
    if (options.sessions === 'off') decideTickets(context, NO_TICKETS);
    return context;
  }

  #makeJudge(): PeerJudge {
    const { depth, pins, caPem, crls, crlGraceMs } = this.options;
    const lists =
      crls.length === 0
        ? null
        : new RevocationLists(crls.flatMap(listsOf), { graceMs: crlGraceMs });
    const revocation = this.#revocations.besides(lists);
    const requirements = { anchors: parseAnchors(caPem), depth, pins, revocation };
    return new PeerJudge(requirements, this.#peers, this.binding);
  }
}

/** Another process has certificate and key, and did not hand them over. */
class MaterialMissingError extends Error {
  readonly code = MATERIAL_MISSING;
}

/** Nothing is given to clients that they could resume by. */
const NO_TICKETS: TicketKeys = { sealing: () => null, opening: () => null };

/**
 * What a session is bound to: it resumes only under the same certificate, server names, trust bundle,
 * client-auth mode and verification options. 32 characters, the most that OpenSSL takes as session id context.
 */
export function sessionBinding(options: ServerTlsOptions): string {
  const parts: (string | Uint8Array)[] = [
    options.materialId === undefined ? options.certPem : `material ${options.materialId}`,
    String(options.snis.length),
    ...options.snis.toSorted(),
    options.mode,
    String(options.mapping),
    String(options.admitsUnverified),
    String(options.depth),
    options.minVersion,
    String(options.caPem.length),
    ...options.caPem,
    String(options.pins.size),
    ...[...options.pins].toSorted(),
    ...options.crls,
    String(options.crlGraceMs),
  ];
  let text = '';
  for (const part of parts) text += hash('sha256', part, 'base64url');
  return hash('sha256', text, 'base64url').slice(0, 32);
}

function makeSecureContext(
  options: ServerTlsOptions,
  { certPem, keyPem }: ServerMaterial,
  sessionIdContext: string,
): tls.SecureContext {
  const asks = options.mode !== 'false';
  return tls.createSecureContext({
    cert: asks ? completeChain(certPem, options.caPem) : certPem,
    key: keyPem,
    // Their names are what a client chooses its certificate by. Node takes its own public roots where
    // there is no list at all.
    ca: asks ? [...options.caPem] : [],
    // An anchor is trusted as it is configured: an intermediate, a self-signed leaf, an X.509 v1 CA.
    allowPartialTrustChain: true,
    minVersion: options.minVersion,
    maxVersion: 'TLSv1.3',
    ciphers: `${TLS13_SUITES}:${options.ciphers ?? TLS12_SUITES}`,
    honorCipherOrder: true,
    ecdhCurve: GROUPS,
    secureOptions:
      constants.SSL_OP_NO_RENEGOTIATION |
      constants.SSL_OP_PRIORITIZE_CHACHA |
      (options.sessions === 'stateful' ? constants.SSL_OP_NO_TICKET : 0),
    sessionIdContext,
    sessionTimeout: SESSION_LIFETIME_S,
  });
}

const TLS13_SUITES = 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256';
const TLS12_SUITES = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

/**
 * The certificate with its issuers from the trust bundle behind it. OpenSSL would send the same, but
 * build and verify that chain in every handshake, a fifth of what one costs.
 */
function completeChain(certPem: string, caPem: readonly string[]): string {
  const own = decodeCertificates(certPem);
  if (own.length !== 1) return certPem;
  const anchors = caPem.flatMap(decodeCertificates).map((der) => new X509Certificate(der));
  let last = new X509Certificate(own[0]);
  let chain = certPem;
  for (let length = 1; length < MAX_CHAIN && !last.checkIssued(last); length += 1) {
    const issued = last;
    const issuer = anchors.find((ca) => issued.checkIssued(ca) && issued.verify(ca.publicKey));
    if (issuer === undefined) break;
    chain += `\n${issuer.toString()}`;
    last = issuer;
  }
  return chain;
}

const MAX_CHAIN = 8;

/**
 * OpenSSL's own groups and preferences without the finite-field ones, which are weaker (112 bits) and
 * cost the server more. Before OpenSSL 3.5 there is neither ML-KEM nor a way to say what may be lacking.
 */
const GROUPS = hasOpenssl35()
  ? '?*X25519MLKEM768 / ?*X25519:?P-256 / ?X448:?P-384:?P-521'
  : 'X25519:P-256:X448:P-384:P-521';

function hasOpenssl35(): boolean {
  const [major = 0, minor = 0] = process.versions.openssl.split('.').map(Number);
  return major > 3 || (major === 3 && minor >= 5);
}

function parseAnchors(pems: readonly string[]): Certificate[] {
  return pems.flatMap(decodeCertificates).map((der) => parseCertificate(der));
}

/** Files that several certificates name are read once. */
const parsedLists = new WeakMap<Uint8Array, readonly RevocationList[]>();

function listsOf(file: Uint8Array): readonly RevocationList[] {
  let lists = parsedLists.get(file);
  if (lists === undefined) parsedLists.set(file, (lists = parseRevocationLists(file)));
  return lists;
}

function decodeCertificates(pem: string): Buffer[] {
  return decodePem(pem)
    .filter(({ label }) => label.endsWith('CERTIFICATE'))
    .map(({ bytes }) => bytes);
}

/** Protocol names with their lengths before them, as node hands them to OpenSSL. */
function encodeAlpn(protocols: readonly string[]): Buffer {
  return Buffer.concat(
    protocols.map((name) =>
      Buffer.concat([Buffer.from([name.length]), Buffer.from(name, 'latin1')]),
    ),
  );
}
