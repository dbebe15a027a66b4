import { type NamedCertificate, resolveCertificates } from './certificates.ts';
import type { AuthenticationDefaults } from './client-authentication.ts';
import type { ConfigPath, ConfigProblem } from './problem.ts';
import { Report } from './report.ts';
import { ResolveContext } from './resolve-context.ts';
import type { CertificateConfig } from './schema.ts';

/** A certificate that stands in no document: it was made through the admin API. */
export interface AddedCertificate {
  readonly id: string;
  /** `client`: it is ours towards upstreams that name it by `client_cert_id`, and served to nobody. */
  readonly type: 'server' | 'client';
  /** As in `certificates`, with everything inline: no file is named. */
  readonly config: CertificateConfig;
}

const ADDED = 'api_certificates';

/** Whether a problem's path leads into an added certificate rather than into the document. */
export function isAddedPath(path: ConfigPath): boolean {
  return path[0] === ADDED;
}

/** The added certificate that a problem is about, and the way from there; null: about the document. */
export function addedPlace(
  problem: ConfigProblem,
): { readonly id: string; readonly path: ConfigPath } | null {
  const [head, id, ...path] = problem.path ?? [];
  return head === ADDED && typeof id === 'string' ? { id, path } : null;
}

/** Resolves the server certificates among those added as those of a document; their ids are their names. */
export function resolveAddedCertificates(
  added: readonly AddedCertificate[],
  defaults: AuthenticationDefaults,
  context: ResolveContext,
): NamedCertificate[] {
  return added.flatMap((certificate) => {
    if (certificate.type !== 'server') return [];
    const path = [ADDED, certificate.id];
    const report = new RelocatedReport(context.report, path);
    const own = new ResolveContext(report, context.files, context.now);
    return resolveCertificates([certificate.config], defaults, own).map((resolved) => {
      return { ...resolved, path, tls: { ...resolved.tls, name: certificate.id } };
    });
  });
}

/** Tells of `certificates[0]` as of another place. */
class RelocatedReport extends Report {
  readonly #target: Report;
  readonly #path: ConfigPath;

  constructor(target: Report, path: ConfigPath) {
    super({ file: '', value: null, position: () => null });
    this.#target = target;
    this.#path = path;
  }

  override error(path: ConfigPath, message: string): void {
    this.#target.error([...this.#path, ...path.slice(2)], message);
  }

  override warning(path: ConfigPath, message: string): void {
    this.#target.warning([...this.#path, ...path.slice(2)], message);
  }
}
