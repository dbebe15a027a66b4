import type { Draft, DraftMapping } from '../draft.ts';
import {
  constantArgument,
  flagArgument,
  type Level,
  numberArgument,
  onlyArgument,
} from './block.ts';
import type { NginxDirective } from './syntax.ts';

/** What a server block asks of its clients, beside what stands in the document. */
export interface ClientCheck {
  readonly mode: 'off' | 'on' | 'optional' | 'optional_no_ca';
}

/**
 * Sets certificate, key and what is asked of clients. `requiresCertificate`: the server block itself
 * refuses every client that was not verified.
 */
export function takeServerTls(
  level: Level,
  requiresCertificate: boolean,
  owner: NginxDirective,
  out: DraftMapping,
  draft: Draft,
): void {
  takeFile(level, 'ssl_certificate', 'cert_file', out, draft);
  takeFile(level, 'ssl_certificate_key', 'key_file', out, draft);
  if (level.last('ssl_certificate') === undefined) {
    draft.error(owner.place, 'ssl_certificate is missing');
  }
  takeVersions(level, out, draft);
  takeClientCheck(level, requiresCertificate, out, draft);
}

export function clientCheckOf(level: Level): ClientCheck {
  const text = level.last('ssl_verify_client')?.args[0]?.text.toLowerCase();
  if (text === 'on' || text === 'optional' || text === 'optional_no_ca') return { mode: text };
  return { mode: 'off' };
}

/** Whether handshakes of this server block are rejected. */
export function rejectsHandshake(level: Level, draft: Draft): boolean {
  const directive = level.last('ssl_reject_handshake');
  return directive !== undefined && flagArgument(directive, draft) === true;
}

function takeFile(level: Level, name: string, key: string, out: DraftMapping, draft: Draft): void {
  const [directive, ...others] = level.find(name);
  for (const other of others) {
    draft.notice(other.place, name, 'left out: one certificate answers to a name, the first');
  }
  const file = directive === undefined ? null : constantArgument(directive, draft);
  if (directive === undefined || file === null) return;
  if (/^(?:data|engine|store):/.test(file)) {
    draft.error(directive.place, `${name} must be the name of a file`);
  } else draft.set(out, key, file, directive.place);
}

function takeVersions(level: Level, out: DraftMapping, draft: Draft): void {
  const directive = level.last('ssl_protocols');
  if (directive === undefined) return;
  const { place, name } = directive;
  const versions = new Set(directive.args.map(({ text }) => text.toLowerCase()));
  const has12 = versions.has('tlsv1.2');
  const has13 = versions.has('tlsv1.3');
  if (!has12 && !has13) {
    draft.error(place, `${name} names neither TLSv1.2 nor TLSv1.3, and no other is spoken here`);
    return;
  }
  draft.set(out, 'min_version', has12 ? '1.2' : '1.3', place);
  if (!has13) draft.notice(place, name, 'TLS 1.3 is spoken as well');
  if (versions.size > Number(has12) + Number(has13)) {
    draft.notice(place, name, 'TLS 1.2 is the oldest that is spoken');
  }
}

function takeClientCheck(
  level: Level,
  requiresCertificate: boolean,
  out: DraftMapping,
  draft: Draft,
): void {
  const directive = level.last('ssl_verify_client');
  const bundle = level.last('ssl_client_certificate') ?? level.last('ssl_trusted_certificate');
  const mode = directive === undefined ? 'off' : onlyArgument(directive, draft)?.toLowerCase();
  switch (mode) {
    case undefined:
      return;
    case 'off':
      if (bundle?.name === 'ssl_client_certificate') {
        draft.notice(bundle.place, bundle.name, 'has no effect without ssl_verify_client');
      }
      for (const name of ['ssl_crl', 'ssl_verify_depth']) {
        const idle = level.last(name);
        if (idle !== undefined)
          draft.notice(idle.place, name, 'has no effect without ssl_verify_client');
      }
      return;
    case 'on':
    case 'optional':
    case 'optional_no_ca':
      break;
    default:
      if (directive === undefined) return;
      draft.error(directive.place, 'ssl_verify_client must be on, off, optional or optional_no_ca');
      return;
  }
  if (directive === undefined) return;
  if (mode === 'optional_no_ca' && !requiresCertificate) {
    draft.notice(
      directive.place,
      directive.name,
      'becomes observe: clients with a bad certificate, also an expired one, come in like those with none, and are told apart by X-Client-Verify',
    );
  }
  const verify = requiresCertificate || mode === 'on' ? true : MODES[mode];
  takeBundle(level, bundle, out, draft);
  draft.set(out, 'verify', verify, directive.place);
  const depth = level.last('ssl_verify_depth');
  const most = depth === undefined ? 1 : numberArgument(depth, draft);
  if (most !== null) draft.set(out, 'depth', most, (depth ?? directive).place);
  const list = level.last('ssl_crl');
  const file = list === undefined ? null : constantArgument(list, draft);
  if (list !== undefined && file !== null) draft.set(out, 'crl_file', file, list.place);
}

const MODES = { on: true, optional: 'optional', optional_no_ca: 'observe' } as const;

function takeBundle(
  level: Level,
  bundle: NginxDirective | undefined,
  out: DraftMapping,
  draft: Draft,
): void {
  const file = bundle === undefined ? null : constantArgument(bundle, draft);
  if (bundle === undefined || file === null) return;
  draft.set(out, 'ca_file', file, bundle.place);
  const trusted = level.last('ssl_trusted_certificate');
  if (trusted === undefined || trusted === bundle || trusted.args[0]?.text === file) return;
  draft.notice(
    trusted.place,
    trusted.name,
    'left out: clients come from the authorities of ssl_client_certificate alone; nginx would take those of this file too',
  );
}
