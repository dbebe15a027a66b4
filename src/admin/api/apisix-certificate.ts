import { translateSsl } from '../../config/adapters/apisix/ssl.ts';
import type { ApisixSsl } from '../../config/adapters/apisix/syntax.ts';
import { printPath } from '../../config/problem.ts';
import type { FieldError } from '../certificate-material.ts';
import type { CertificateCreation } from './certificate-schemas.ts';

/** An `ssl` object of APISIX as a request of ours; `notes` tell what of it has no equivalent. */
export function wishFromApisix(
  object: ApisixSsl,
):
  | { readonly value: CertificateCreation; readonly notes: readonly string[] }
  | { readonly errors: readonly FieldError[] } {
  const result = translateSsl(object);
  if (result.kind === 'invalid') {
    return {
      errors: result.errors.map(({ path, message }) => ({ path: printPath(path), message })),
    };
  }
  const { certificate, key, type, status, snis, client, labels, min_version } = result.ssl;
  return {
    notes: result.notices.map(({ path, message }) => `${printPath(path)}: ${message}`),
    value: {
      ...(object.id === undefined ? {} : { id: String(object.id) }),
      certificate,
      key,
      type,
      status,
      snis: snis === null ? null : [...snis],
      client:
        client === null
          ? null
          : {
              ca: client.ca,
              verify: true,
              verify_and_map: false,
              depth: client.depth,
              skip_paths: [...client.skip_paths],
              pinned_certs: [],
            },
      labels: { ...labels },
      min_version,
    },
  };
}

/** Names the field as the client sent it. */
export function inTermsOfApisix({ path, message }: FieldError): FieldError {
  const renamed = path
    .replace(/^certificate/, 'cert')
    .replace(/^client\.skip_paths/, 'client.skip_mtls_uri_regex')
    .replace(/^min_version/, 'ssl_protocols')
    .replace(/^client\.verify$/, 'client');
  return { path: renamed === 'passphrase' ? 'key' : renamed, message };
}
