import type { GatewayOptions } from '../gateway/options.ts';
import {
  type AddedCertificate,
  isAddedPath,
  resolveAddedCertificates,
} from './added-certificates.ts';
import { resolveAdmin } from './admin.ts';
import { resolveAuthority } from './authority.ts';
import type { AuthenticationDefaults } from './client-authentication.ts';
import { resolveCertificates } from './certificates.ts';
import type { ConfigDocument } from './document.ts';
import { type ConfigFileSystem, type FileMemory, FileReader } from './file-reader.ts';
import { resolveListeners } from './listeners.ts';
import type { ConfigProblem } from './problem.ts';
import { Report } from './report.ts';
import { OwnCertificates } from './own-certificates.ts';
import { ResolveContext } from './resolve-context.ts';
import type { Config } from './schema.ts';
import { Upstreams } from './upstreams.ts';
import { resolveMqttUsers } from './mqtt-users.ts';
import { resolveUsers } from './users.ts';
import { byPosition, validateConfig } from './validate.ts';

export interface ResolveEnvironment {
  /** Absolute path of the directory that relative paths start from. */
  readonly directory: string;
  readonly fileSystem: ConfigFileSystem;
  /** Milliseconds since the epoch; only warnings depend on it. */
  readonly now: number;
  /** Certificates beside those of the document; null: which there are is not known. Default: null. */
  readonly added?: readonly AddedCertificate[] | null;
  /** What the files of the document held when it was resolved before. Default: it was not. */
  readonly memory?: FileMemory;
}

export type ResolveResult =
  | {
      readonly kind: 'resolved';
      readonly options: GatewayOptions;
      readonly warnings: readonly ConfigProblem[];
    }
  | {
      readonly kind: 'invalid';
      readonly errors: readonly ConfigProblem[];
      readonly warnings: readonly ConfigProblem[];
      /** Absolute paths of the files that were read or looked for: a change may mend the errors. */
      readonly files: readonly string[];
    };

/**
 * Turns a document into the options of a gateway: reads every file it names, checks all that can be
 * checked without listening, and reports every problem, in the order of the text. Nothing is
 * defaulted that decides who gets in.
 */
export function resolveConfig(
  document: ConfigDocument,
  { directory, fileSystem, now, added = null, memory }: ResolveEnvironment,
): ResolveResult {
  const validation = validateConfig(document);
  if (validation.kind === 'invalid') {
    return { kind: 'invalid', errors: validation.problems, warnings: [], files: [] };
  }
  const report = new Report({
    ...document,
    position: (path, of) => (isAddedPath(path) ? null : document.position(path, of)),
  });
  const files = new FileReader(fileSystem, directory, report, memory);
  const context = new ResolveContext(report, files, now);
  const options = resolveDocument(validation.config, added, context);
  const warnings = report.warnings.toSorted(byPosition);
  if (report.errors.length > 0) {
    const errors = report.errors.toSorted(byPosition);
    return { kind: 'invalid', errors, warnings, files: files.paths };
  }
  return { kind: 'resolved', options, warnings };
}

function resolveDocument(
  config: Config,
  added: readonly AddedCertificate[] | null,
  context: ResolveContext,
): GatewayOptions {
  const natsUsers = resolveUsers(config, context.report);
  const users = new Set(natsUsers.keys());
  const defaults = resolveDefaults(config, users, context);
  const certificates = [
    ...resolveCertificates(config.certificates ?? [], defaults, context),
    ...resolveAddedCertificates(added ?? [], defaults, context),
  ];
  const listeners = resolveListeners(config, {
    report: context.report,
    context,
    certificates,
    mayComeLater: config.admin !== undefined,
    defaults,
    users,
    natsUsers,
    mqttUsers: resolveMqttUsers(config, context.report),
    upstreams: new Upstreams(
      config.upstreams,
      new OwnCertificates(added, config.admin !== undefined, context),
      context,
    ),
  });
  return {
    listeners,
    users: [...users],
    accessLog: resolveAccessLog(config.access_log, context),
    traceparent: config.traceparent ?? 'pass',
    logLevel: config.log?.level ?? 'info',
    admin: resolveAdmin(config, listeners, defaults, context),
    authority: resolveAuthority(config, listeners, context),
    stateDir: context.files.absolute(config.state?.dir ?? '.countersign'),
    workers: config.workers ?? 'auto',
    watchedFiles: context.files.paths,
  };
}

function resolveAccessLog(
  config: Config['access_log'],
  { files }: ResolveContext,
): GatewayOptions['accessLog'] {
  if (config === undefined) return null;
  const { file, format = 'json' } = config;
  return { file: file === 'stdout' ? null : files.absolute(file), format };
}

function resolveDefaults(
  config: Config,
  users: ReadonlySet<string>,
  context: ResolveContext,
): AuthenticationDefaults {
  if (config.ca === undefined) return { bundle: null, hasAuthority: false, users };
  const bundle = context.bundleFile(`${config.ca.dir}/ca.crt`, ['ca', 'dir']);
  return { bundle, hasAuthority: true, users };
}
