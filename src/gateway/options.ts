import type { HttpLimits, SiteOptions } from '../frontends/http/options.ts';
import type { MqttOptions } from '../frontends/mqtt/options.ts';
import type { NatsOptions } from '../frontends/nats/options.ts';
import type { PlainStreamOptions, StreamOptions } from '../frontends/stream/options.ts';
import type { DnRule } from '../identity/candidate.ts';
import type { AccessLogOptions } from '../observability/access-log.ts';
import type { LogLevel } from '../observability/event.ts';
import type { TlsListenerOptions } from '../tls/options.ts';

/** Everything a running gateway rests on, checked and complete: file contents, not file names. */
export interface GatewayOptions {
  readonly listeners: readonly ListenerOptions[];
  /** The configured users; empty: nobody is mapped. */
  readonly users: readonly string[];
  /** Where the gateway tells of itself; null: nowhere. */
  readonly admin: AdminOptions | null;
  /** Where each HTTP request is written down; null: nowhere. */
  readonly accessLog: AccessLogOptions | null;
  /** `make`: HTTP requests that belong to no trace begin one; `pass`: traces pass through. */
  readonly traceparent: 'pass' | 'make';
  /** What matters less is not written to standard error. */
  readonly logLevel: LogLevel;
  /** Absolute path of what the gateway keeps for itself. */
  readonly stateDir: string;
  /** The authority that is attached; null: none is. */
  readonly authority: AuthorityOptions | null;
  /** Processes that accept connections; `auto`: one a core. */
  readonly workers: number | 'auto';
  /** Absolute paths of every file that was read, the configuration first: a change of one is a reload. */
  readonly watchedFiles: readonly string[];
}

/** An authority of ours, and what it does for this gateway. */
export interface AuthorityOptions {
  /** Absolute path of its folder. */
  readonly dir: string;
  /** Its issuing certificate as it lies there, PEM: with another it is another authority. null: it can't be read. */
  readonly issuing: string | null;
  /** Where enrolment is served; null: nowhere. */
  readonly listen: ListenAddress | null;
  /** What clients call that listener; empty: what its address says. */
  readonly names: readonly string[];
  /** How clients reach it, for tokens; null: by the first of its names. */
  readonly url: string | null;
  /** Where its revocation lists are served over plain HTTP; null: nowhere. */
  readonly listsListen: ListenAddress | null;
  /** Absolute path of the file with the passphrase of its key; null: it is had otherwise. */
  readonly passphraseFile: string | null;
  /** The gateway's own certificates, whoever issued them. */
  readonly certificates: readonly CertificateFiles[];
}

/** Absolute paths of a certificate and its key. */
export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
}

/** The admin listener. */
export interface AdminOptions {
  readonly address: ListenAddress;
  /** null: plain HTTP, and so for this machine alone. */
  readonly tls: AdminTlsOptions | null;
}

export interface AdminTlsOptions {
  readonly listener: TlsListenerOptions;
  readonly identity: IdentityOptions;
  /** As in GatewayOptions: who the client certificates can be. */
  readonly users: readonly string[];
  /** Those of them who are let in by their certificate alone. */
  readonly administrators: readonly string[];
}

export type ListenerOptions =
  | HttpListenerOptions
  | NatsListenerOptions
  | MqttListenerOptions
  | StreamListenerOptions
  | PlainListenerOptions;

/** Those without TLS, for clients of which nobody knows who they are. */
export type PlainListenerOptions = PlainHttpListenerOptions | PlainStreamListenerOptions;

/** What is the same in every protocol. */
export interface AnyListenerOptions {
  /** `listen` as configured; names the listener in records and errors. */
  readonly name: string;
  readonly address: ListenAddress;
  /** Without a certificate where the protocol is plain: nothing of it is used then. */
  readonly tls: TlsListenerOptions;
  readonly limits: ListenerLimits;
  readonly identity: IdentityOptions;
  /** As in GatewayOptions. */
  readonly users: readonly string[];
}

export interface HttpListenerOptions extends AnyListenerOptions {
  readonly protocol: 'https';
  readonly http: HttpLimits;
  /** What is done with requests, unless their certificate has a site of its own. */
  readonly site: SiteOptions;
  /** By certificate name: those with routes, `skip_paths` or `refusal` other than the listener's. */
  readonly sites: ReadonlyMap<string, SiteOptions>;
}

export interface NatsListenerOptions extends AnyListenerOptions {
  readonly protocol: 'nats';
  readonly nats: NatsOptions;
}

export interface MqttListenerOptions extends AnyListenerOptions {
  readonly protocol: 'mqtt';
  readonly mqtt: MqttOptions;
}

export interface StreamListenerOptions extends AnyListenerOptions {
  readonly protocol: 'tls';
  readonly stream: StreamOptions;
}

export interface PlainHttpListenerOptions extends Omit<HttpListenerOptions, 'protocol'> {
  readonly protocol: 'http';
}

export interface PlainStreamListenerOptions extends AnyListenerOptions {
  readonly protocol: 'tcp';
  readonly stream: PlainStreamOptions;
}

/** Bounds on the connections of one listener, over all workers. */
export interface ListenerLimits {
  /** Connections at a time, whatever they are doing. */
  readonly connections: number;
  /** Connections at a time from one address, IPv6 by its /64; null: no limit. */
  readonly connectionsPerAddress: number | null;
  /** Whether `connections` was asked for: falling short of it is then told, whatever is left. */
  readonly connectionsAsked: boolean;
}

/** How a verified certificate is compared with the users. */
export interface IdentityOptions {
  readonly dn: DnRule;
}

/** `host` null: every address of both families; `localhost`: 127.0.0.1 and ::1. Port 0: any free one. */
export type ListenAddress =
  | { readonly kind: 'tcp'; readonly host: string | null; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };
