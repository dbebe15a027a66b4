import { constants } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest, ServerHttp2Stream } from 'node:http2';
import { TLSSocket, type TlsOptions } from 'node:tls';
import type { DnRule } from '../identity/candidate.ts';
import { createUserDirectory } from '../identity/user-directory.ts';
import { type Certificate, parseCertificate } from '../pki/certificate.ts';
import type { ClientAuthMode } from '../pki/client-auth-mode.ts';
import { judgePeer, type PeerRequirements, type PeerVerdict } from '../pki/peer.ts';
import { decodePemLabelled } from '../pki/pem.ts';
import { type AccessRules, decide } from '../policy/decide.ts';
import type { Decision } from '../policy/decision.ts';

export interface MutualTlsOptions {
  /** Server certificate: leaf first, then the intermediates, PEM. */
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
  /** Trust anchors for client certificates, PEM. Never the system's roots: required unless mode is `false`. */
  readonly ca?: string | Buffer;
  /** Default `true`: a client without a good certificate fails the handshake. */
  readonly verify?: ClientAuthMode;
  /** Users that certificates are mapped to. Default: none, so that nobody has a user. */
  readonly users?: readonly string[];
  /** Whether a client must match a user. Default false. */
  readonly verifyAndMap?: boolean;
  readonly dn?: DnRule;
  /** Most intermediates between leaf and trust anchor. Default: no limit. */
  readonly depth?: number;
  /** SHA-256 of admitted SPKIs, hex. Default: any key. */
  readonly pinnedCerts?: readonly string[];
  /** Default `TLSv1.2`. */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3';
}

/** What can be asked for its client: a request or stream of node's https and http2, or a TLS socket. */
export type ClientSource = IncomingMessage | Http2ServerRequest | ServerHttp2Stream | TLSSocket;

/** Who is at the other end, and whether the gateway would let it in. */
export interface ClientIdentity {
  readonly decision: Decision;
  /** The mapped user; null: admitted as nobody, or refused. */
  readonly user: string | null;
  readonly verdict: PeerVerdict;
  /** The presented leaf, good or bad; null: none. */
  readonly certificate: Certificate | null;
}

export interface MutualTls {
  /** For https.createServer, http2.createSecureServer or tls.createServer. */
  readonly tlsOptions: TlsOptions;
  /**
   * The client's identity, decided as the gateway decides it. `allow` names the users that may do what
   * is asked; without it everyone admitted may, an empty list admits nobody. Throws TypeError for a
   * source that is no TLS connection.
   */
  identify(source: ClientSource, allow?: readonly string[]): ClientIdentity;
}

/**
 * Mutual TLS for a server of node's own: the options for its constructor, and the identity of each of
 * its clients. Throws where `ca` is missing although clients are verified, or can't be read.
 */
export function mutualTls(options: MutualTlsOptions): MutualTls {
  const mode: ClientAuthMode = options.verifyAndMap === true ? 'true' : (options.verify ?? 'true');
  if (mode !== 'false' && options.ca === undefined) {
    throw new TypeError('mutualTls: `ca` is missing; name the CA that clients come from');
  }
  const anchors =
    options.ca === undefined ? [] : decodePemLabelled(options.ca.toString(), ['CERTIFICATE']);
  const requirements: PeerRequirements = {
    anchors: anchors.map(({ bytes }) => parseCertificate(bytes)),
    depth: options.depth ?? null,
    pins: new Set(options.pinnedCerts?.map((pin) => pin.toLowerCase())),
  };
  const directory = createUserDirectory(options.users ?? [], options.dn ?? 'exact');
  const verdicts = new WeakMap<TLSSocket, PeerVerdict>();

  function verdictOf(socket: TLSSocket): PeerVerdict {
    let verdict = verdicts.get(socket);
    if (verdict === undefined) {
      verdict = mode === 'false' ? { kind: 'none' } : judgeSocket(socket, requirements);
      verdicts.set(socket, verdict);
    }
    return verdict;
  }

  return {
    tlsOptions: tlsOptionsFor(options, mode),
    identify(source, allow) {
      const verdict = verdictOf(socketOf(source));
      const principal = verdict.kind === 'verified' ? directory.identify(verdict.peer) : null;
      const rules: AccessRules = {
        mode,
        mapping: options.verifyAndMap === true,
        allow: allow === undefined ? null : new Set(allow),
      };
      const decision = decide(verdict, principal, 'request', rules, Date.now());
      return { decision, user: decision.user, verdict, certificate: leafOf(verdict) };
    },
  };
}

/** Resumption stays off: node does not check a client again that resumes, and neither could we. */
function tlsOptionsFor(options: MutualTlsOptions, mode: ClientAuthMode): TlsOptions {
  return {
    cert: options.cert,
    key: options.key,
    ...(options.ca === undefined ? {} : { ca: options.ca }),
    allowPartialTrustChain: true,
    requestCert: mode !== 'false',
    rejectUnauthorized: mode === 'true',
    minVersion: options.minVersion ?? 'TLSv1.2',
    secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
  };
}

function judgeSocket(socket: TLSSocket, requirements: PeerRequirements): PeerVerdict {
  const chain: Certificate[] = [];
  let next = socket.getPeerX509Certificate();
  while (next !== undefined && chain.length < MAX_CHAIN) {
    chain.push(parseCertificate(next.raw));
    next = next.issuerCertificate;
  }
  const opensslError = socket.authorized ? null : String(socket.authorizationError ?? 'UNVERIFIED');
  return judgePeer({ chain, opensslError, requirements, at: Date.now() });
}

const MAX_CHAIN = 32;

function socketOf(source: ClientSource): TLSSocket {
  if (source instanceof TLSSocket) return source;
  const socket = 'session' in source ? source.session?.socket : source.socket;
  if (socket instanceof TLSSocket) return socket;
  // node:http2 hands out a proxy of its socket, which instanceof can't see through.
  if (socket !== undefined && 'getPeerX509Certificate' in socket) return socket as TLSSocket;
  throw new TypeError('identify: this is no TLS connection');
}

function leafOf(verdict: PeerVerdict): Certificate | null {
  if (verdict.kind === 'none') return null;
  return verdict.kind === 'verified' ? verdict.peer.leaf : verdict.leaf;
}
