import type { ConfigPath } from '../../problem.ts';
import type { ApisixSsl } from './syntax.ts';
import { uriPattern } from './uri-pattern.ts';

/** What an `ssl` of APISIX means here. */
export interface TranslatedSsl {
  readonly certificate: string;
  readonly key: string;
  readonly type: 'server' | 'client';
  readonly status: 'enabled' | 'disabled';
  /** null: those that the certificate carries. */
  readonly snis: readonly string[] | null;
  /** null: clients are asked for no certificate. */
  readonly client: {
    readonly ca: string;
    readonly depth: number;
    readonly skip_paths: readonly string[];
  } | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly min_version: '1.2' | '1.3';
}

/** Something to be said about a key of the object. */
export interface SslRemark {
  readonly path: ConfigPath;
  readonly message: string;
}

export type SslResult =
  | { readonly kind: 'translated'; readonly ssl: TranslatedSsl; readonly notices: SslRemark[] }
  | { readonly kind: 'invalid'; readonly errors: readonly SslRemark[] };

/** Says in our terms what an `ssl` object asks for, or why it can't be said. */
export function translateSsl(ssl: ApisixSsl): SslResult {
  const errors: SslRemark[] = [];
  const notices: SslRemark[] = [];
  const { cert, key, certs, keys, type, client, status, labels } = ssl;
  if ((certs?.length ?? 0) !== (keys?.length ?? 0)) {
    errors.push({ path: ['certs'], message: 'has not as many entries as keys' });
  } else if (certs !== undefined && certs.length > 0) {
    const message = 'only cert and key are served: a server name has one certificate here';
    notices.push({ path: ['certs'], message });
  }
  if (ssl.sni !== undefined && ssl.snis !== undefined) {
    errors.push({ path: ['sni'], message: 'stands beside snis; give one of the two' });
  }
  const skipPaths = (client?.skip_mtls_uri_regex ?? []).flatMap((regex, index) => {
    const result = uriPattern(regex);
    if (result.kind === 'pattern') return [result.pattern];
    const path = ['client', 'skip_mtls_uri_regex', index];
    errors.push({ path, message: result.message });
    return [];
  });
  const version = lowestVersion(ssl.ssl_protocols, errors, notices);
  if (errors.length > 0) return { kind: 'invalid', errors };
  return {
    kind: 'translated',
    notices,
    ssl: {
      certificate: cert,
      key,
      type,
      status: status === 1 ? 'enabled' : 'disabled',
      snis: type === 'client' ? null : ssl.sni === undefined ? (ssl.snis ?? null) : [ssl.sni],
      client:
        client === undefined || type === 'client'
          ? null
          : { ca: client.ca, depth: client.depth, skip_paths: skipPaths },
      labels,
      min_version: version,
    },
  };
}

function lowestVersion(
  protocols: ApisixSsl['ssl_protocols'],
  errors: SslRemark[],
  notices: SslRemark[],
): '1.2' | '1.3' {
  const path = ['ssl_protocols'];
  if (protocols === undefined) return '1.2';
  const has = new Set(protocols);
  if (has.has('TLSv1.1')) {
    const message = 'TLS 1.1 is not spoken here';
    if (has.size === 1) errors.push({ path, message });
    else notices.push({ path, message });
  }
  if (has.has('TLSv1.2') && !has.has('TLSv1.3')) {
    notices.push({ path, message: 'TLS 1.3 is offered as well' });
  }
  return has.has('TLSv1.2') ? '1.2' : '1.3';
}
