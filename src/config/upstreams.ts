import type { NatsOptions } from '../frontends/nats/options.ts';
import type { UpstreamOptions, UpstreamTlsOptions } from '../upstreams/options.ts';
import { resolveAllowedPeers } from './allowed-peers.ts';
import { nearest } from './nearest.ts';
import type { OwnCertificates } from './own-certificates.ts';
import type { ConfigPath } from './problem.ts';
import type { ResolveContext } from './resolve-context.ts';
import type { Config, UpstreamConfig } from './schema.ts';
import { isUpstreamUrl, NATS_PORT, parseUpstreamUrl, type UpstreamUrl } from './upstream-url.ts';

/** Where a route's `upstream` leads. */
export type Destination =
  | { readonly kind: 'proxy'; readonly upstream: UpstreamOptions; readonly http: 'h1' | 'h2c' }
  | {
      readonly kind: 'nats';
      readonly upstream: UpstreamOptions;
      readonly upstreamTls: NatsOptions['upstreamTls'];
    }
  | { readonly kind: 'mqtt'; readonly upstream: UpstreamOptions }
  | {
      readonly kind: 'stream';
      readonly upstream: UpstreamOptions;
      /** Otherwise the port is that of a nats-server. */
      readonly namesPort: boolean;
    }
  | { readonly kind: 'files'; readonly root: string }
  | { readonly kind: 'echo' };

type Timing = Pick<UpstreamOptions, 'connectTimeoutMs' | 'idleTimeoutMs' | 'maxIdle'>;

const CONNECT_TIMEOUT_MS = 5000;
const IDLE_TIMEOUT_MS = 4000;
const MAX_IDLE = 256;
const MQTT_PORT = 1883;
const MQTTS_PORT = 8883;

/** The upstreams of a configuration: those with a name, and those that routes name by URL. */
export class Upstreams {
  readonly #own: OwnCertificates;
  readonly #context: ResolveContext;
  /** null: named, but of no use, which has been reported. */
  readonly #named = new Map<string, Destination | null>();
  /** One object a URL, so that its connections are shared. */
  readonly #byUrl = new Map<string, Destination>();

  constructor(config: Config['upstreams'], own: OwnCertificates, context: ResolveContext) {
    this.#own = own;
    this.#context = context;
    for (const [name, upstream] of Object.entries(config ?? {})) {
      this.#named.set(name, this.#resolve(name, upstream, ['upstreams', name]));
    }
  }

  /** What `reference`, a name or a URL, leads to; null: nothing, which has been reported. */
  find(reference: string, at: ConfigPath): Destination | null {
    if (!isUpstreamUrl(reference)) return this.#byName(reference, at);
    const known = this.#byUrl.get(reference);
    if (known !== undefined) return known;
    const result = parseUpstreamUrl(reference);
    if (result.kind === 'invalid') {
      this.#context.report.error(at, result.message);
      return null;
    }
    const destination = this.#destination(reference, result.url, { url: reference }, at);
    if (destination !== null) this.#byUrl.set(reference, destination);
    return destination;
  }

  /** The same for a listener that passes bytes on: `tcp:`, `tls:` or `unix:`. */
  findStream(reference: string, at: ConfigPath): UpstreamOptions | null {
    const destination = this.find(reference, at);
    if (destination === null) return null;
    const { report } = this.#context;
    if (destination.kind === 'proxy' && destination.upstream.address.kind === 'unix') {
      return destination.upstream;
    }
    if (destination.kind !== 'stream') {
      report.error(at, 'must be tcp:, tls: or unix: for a tls or tcp listener');
      return null;
    }
    if (destination.namesPort) return destination.upstream;
    report.error(at, 'a port is missing after the host');
    return null;
  }

  /** The same for an mqtt listener: a broker. */
  findBroker(reference: string, at: ConfigPath): UpstreamOptions | null {
    const destination = this.find(reference, at);
    if (destination === null) return null;
    if (destination.kind === 'mqtt') return destination.upstream;
    if (destination.kind === 'proxy' && destination.upstream.address.kind === 'unix') {
      return destination.upstream;
    }
    if (destination.kind === 'stream' && destination.namesPort) return destination.upstream;
    this.#context.report.error(
      at,
      'must be mqtt:, mqtts:, unix:, or tls: with a port, for an mqtt listener',
    );
    return null;
  }

  #byName(name: string, at: ConfigPath): Destination | null {
    const found = this.#named.get(name);
    if (found !== undefined) return found;
    const near = nearest(name, this.#named.keys());
    const hint = near === null ? 'it is no URL either' : `did you mean ${JSON.stringify(near)}?`;
    this.#context.report.error(at, `${JSON.stringify(name)} is none of upstreams; ${hint}`);
    return null;
  }

  #resolve(name: string, config: UpstreamConfig, at: ConfigPath): Destination | null {
    const { report } = this.#context;
    const result = parseUpstreamUrl(config.url);
    if (result.kind === 'invalid') {
      report.error([...at, 'url'], result.message);
      return null;
    }
    const { url } = result;
    const local = url.kind === 'files' || url.kind === 'echo';
    for (const key of ['tls', 'connect_timeout', 'idle_timeout', 'max_idle'] as const) {
      if (config[key] === undefined) continue;
      if (local) report.error([...at, key], 'has no use here: nothing is connected to');
      else if (key === 'tls' && !mayHaveTls(url)) {
        report.error([...at, key], 'needs an https:, h2:, tls:, nats: or mqtt: URL');
      } else if (key !== 'tls' && key !== 'connect_timeout' && isOwnConnection(url)) {
        report.error([...at, key], 'has no use here: each client has a connection of its own');
      }
    }
    return this.#destination(name, url, config, at);
  }

  #destination(
    name: string,
    url: UpstreamUrl,
    config: UpstreamConfig,
    at: ConfigPath,
  ): Destination | null {
    if (url.kind === 'echo') return { kind: 'echo' };
    if (url.kind === 'files') return this.#files(url.path, at);
    const timing = {
      connectTimeoutMs: config.connect_timeout ?? CONNECT_TIMEOUT_MS,
      idleTimeoutMs: config.idle_timeout ?? IDLE_TIMEOUT_MS,
      maxIdle: config.max_idle ?? MAX_IDLE,
    };
    if (url.kind === 'unix') {
      const path = this.#context.files.absolute(url.path);
      const upstream = { name, address: { kind: 'unix', path }, tls: null, ...timing } as const;
      return { kind: 'proxy', http: 'h1', upstream };
    }
    if (url.kind === 'nats') return this.#nats(name, url, config, timing, [...at, 'tls']);
    if (url.kind === 'mqtt') return this.#mqtt(name, url, config, timing, [...at, 'tls']);
    if (url.kind === 'stream') return this.#stream(name, url, config, timing, [...at, 'tls']);
    const { host, port, http } = url;
    const read = url.tls ? this.#tls(config.tls ?? {}, host, [...at, 'tls']) : null;
    if (url.tls && read === null) return null;
    const alpn = http === 'h1' ? 'http/1.1' : 'h2';
    const tls = read === null ? null : { ...read, alpn: [alpn] };
    return {
      kind: 'proxy',
      http,
      upstream: { name, address: { kind: 'tcp', host, port }, tls, ...timing },
    };
  }

  /** TLS is ready in any case: a nats-server says by itself that it wants it. */
  #nats(
    name: string,
    { host, port }: Extract<UpstreamUrl, { kind: 'nats' }>,
    config: UpstreamConfig,
    timing: Timing,
    at: ConfigPath,
  ): Destination | null {
    const tls = this.#tls(config.tls ?? {}, host, at);
    if (tls === null) return null;
    const upstream = { name, address: { kind: 'tcp', host, port }, tls, ...timing } as const;
    const upstreamTls = config.tls === undefined ? 'when-asked' : 'required';
    return { kind: 'nats', upstream: { ...upstream, tls: { ...tls, alpn: [] } }, upstreamTls };
  }

  #mqtt(
    name: string,
    url: Extract<UpstreamUrl, { kind: 'mqtt' }>,
    config: UpstreamConfig,
    timing: Timing,
    at: ConfigPath,
  ): Destination | null {
    const hasTls = url.tls || config.tls !== undefined;
    const tls = hasTls ? this.#tls(config.tls ?? {}, url.host, at) : null;
    if (hasTls && tls === null) return null;
    const port = url.port ?? (hasTls ? MQTTS_PORT : MQTT_PORT);
    const address = { kind: 'tcp', host: url.host, port } as const;
    const upstreamTls = tls === null ? null : { ...tls, alpn: [] };
    return { kind: 'mqtt', upstream: { name, address, tls: upstreamTls, ...timing } };
  }

  #stream(
    name: string,
    url: Extract<UpstreamUrl, { kind: 'stream' }>,
    config: UpstreamConfig,
    timing: Timing,
    at: ConfigPath,
  ): Destination | null {
    const tls = url.tls ? this.#tls(config.tls ?? {}, url.host, at) : null;
    if (url.tls && tls === null) return null;
    const address = { kind: 'tcp', host: url.host, port: url.port ?? NATS_PORT } as const;
    return {
      kind: 'stream',
      upstream: { name, address, tls: tls === null ? null : { ...tls, alpn: [] }, ...timing },
      namesPort: url.port !== null,
    };
  }

  #files(path: string, at: ConfigPath): Destination | null {
    const root = this.#context.files.absolute(path);
    if (this.#context.files.isDirectory(path)) return { kind: 'files', root };
    this.#context.report.error(at, `there is no directory ${root}`);
    return null;
  }

  #tls(
    config: NonNullable<UpstreamConfig['tls']>,
    host: string,
    at: ConfigPath,
  ): UpstreamTlsOptions | null {
    const { ca_file: caFile } = config;
    const bundle =
      caFile === undefined ? null : this.#context.bundleFile(caFile, [...at, 'ca_file']);
    const own = this.#own.find(config, at);
    if ((caFile !== undefined && bundle === null) || own === null) return null;
    return {
      caPem: bundle?.pem ?? [],
      certPem: own === 'none' ? null : own.certPem,
      keyPem: own === 'none' ? null : own.keyPem,
      serverName: config.server_name ?? host,
      allowPeers: resolveAllowedPeers(config.allow_peers, [...at, 'allow_peers'], this.#context),
      pins: new Set(config.pinned_certs?.map((pin) => pin.toLowerCase())),
      alpn: [],
    };
  }
}

/** Whether each client has a connection of its own, so that none is kept. */
function isOwnConnection({ kind }: UpstreamUrl): boolean {
  return kind === 'nats' || kind === 'mqtt' || kind === 'stream';
}

function mayHaveTls(url: UpstreamUrl): boolean {
  return url.kind === 'nats' || url.kind === 'mqtt' || ('tls' in url && url.tls);
}
