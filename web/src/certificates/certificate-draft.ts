import type { CertificateView } from '../api/types.ts';
import { readCertificates } from './read-certificate.ts';

export const MODES = ['true', 'optional', 'observe'] as const;

/** What asks clients for certificates, and how strictly. */
export type Mode = (typeof MODES)[number];

/** A certificate as the form has it, before it is sent. */
export interface CertificateDraft {
  readonly type: CertificateView['type'];
  readonly certificate: string;
  readonly key: string;
  readonly passphrase: string;
  readonly verifiesPeer: boolean;
  readonly ca: string;
  readonly mode: Mode;
  readonly mapsToUser: boolean;
  readonly depth: string;
  /** One a line. */
  readonly skipPaths: string;
  /** One a line; empty: as the certificate says. */
  readonly snis: string;
  readonly minVersion: CertificateView['min_version'];
}

export const emptyDraft: CertificateDraft = {
  type: 'server',
  certificate: '',
  key: '',
  passphrase: '',
  verifiesPeer: false,
  ca: '',
  mode: 'true',
  mapsToUser: false,
  depth: '',
  skipPaths: '',
  snis: '',
  minVersion: '1.2',
};

/** A certificate that is there, to be changed. Its key is not known here, and stays unless one is given. */
export function draftOf(view: CertificateView): CertificateDraft {
  const { client } = view;
  return {
    ...emptyDraft,
    type: view.type,
    certificate: view.certificate,
    verifiesPeer: client !== null && client.verify !== false,
    ca: client?.ca ?? '',
    mode: MODES.find((mode) => mode === String(client?.verify)) ?? 'true',
    mapsToUser: client?.verify_and_map ?? false,
    depth: client?.depth?.toString() ?? '',
    skipPaths: client?.skip_paths.join('\n') ?? '',
    snis: isAsCertified(view) ? '' : view.snis.join('\n'),
    minVersion: view.min_version,
  };
}

/** Whether its names are those that the certificate has, so that another one may bring its own. */
function isAsCertified({ certificate, snis }: CertificateView): boolean {
  const [leaf] = readCertificates(certificate);
  if (leaf === undefined || leaf === null) return false;
  const names = leaf.names.flatMap((name) => (name.startsWith('DNS:') ? [name.slice(4)] : []));
  const commonNames = /(?:^|,)CN=([^,]+)/.exec(leaf.subject)?.slice(1) ?? [];
  const own = names.length > 0 ? names : commonNames;
  return own.length === snis.length && own.every((name) => snis.includes(name.toLowerCase()));
}

/** The body of POST and PUT. `kept`: what the form doesn't show and stays as it is. */
export function requestOf(draft: CertificateDraft, kept: CertificateView | null): object {
  const isServer = draft.type === 'server';
  const snis = isServer ? linesOf(draft.snis) : [];
  return {
    type: draft.type,
    certificate: draft.certificate,
    ...(draft.key === '' ? {} : { key: draft.key }),
    ...(draft.passphrase === '' ? {} : { passphrase: draft.passphrase }),
    ...(snis.length === 0 ? {} : { snis }),
    ...(kept === null ? {} : { labels: kept.labels, status: kept.status }),
    min_version: draft.minVersion,
    client: isServer && draft.verifiesPeer ? clientOf(draft, kept) : null,
  };
}

function clientOf(draft: CertificateDraft, kept: CertificateView | null): object {
  return {
    ...(draft.ca.trim() === '' ? {} : { ca: draft.ca }),
    verify: draft.mode === 'true' ? true : draft.mode,
    verify_and_map: draft.mapsToUser,
    depth: draft.depth.trim() === '' ? null : Number(draft.depth),
    skip_paths: linesOf(draft.skipPaths),
    pinned_certs: kept?.client?.pinned_certs ?? [],
  };
}

function linesOf(text: string): string[] {
  return text
    .split(/[\n,]/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
