import type { IssuedLeaf } from '../ca/authority.ts';
import { authorityPaths } from '../ca/authority-files.ts';
import type { LeafPaths } from '../ca/leaf-files.ts';
import type { LeafNames } from '../ca/leaf-names.ts';
import type { CertificateRequest } from '../pki/certificate-request.ts';
import { printGeneralName } from '../pki/general-name.ts';
import { printName } from '../pki/name.ts';
import type { PlannedFile } from '../store/file-set.ts';
import type { CliContext } from './context.ts';
import { ownCommand, shellWord } from './shell-text.ts';

/** A PKCS#12 file that was written beside the certificate. */
export interface IssuedBundle extends PlannedFile {
  /** The password where it was made up here; null: the user knows it. */
  readonly newPassword: string | null;
}

/** What `issue` did. */
export interface Issued {
  readonly kind: 'server' | 'client';
  /** Folder of the authority. */
  readonly dir: string;
  readonly paths: LeafPaths;
  readonly leaf: IssuedLeaf;
  /** Whether the key was made here. */
  readonly hasKey: boolean;
  readonly request: CertificateRequest | null;
  readonly names: LeafNames;
  readonly bundle: IssuedBundle | null;
}

/** Says what was issued and, as text, what to type next. */
export function issueReport(issued: Issued, form: 'json' | 'text', context: CliContext): string {
  return form === 'json' ? jsonReport(issued) : textReport(issued, context);
}

function jsonReport(issued: Issued): string {
  const { certificate } = issued.leaf;
  const password = issued.bundle?.newPassword ?? null;
  const result = {
    certificate: issued.paths.certificate,
    key: issued.hasKey ? issued.paths.key : null,
    p12: issued.bundle?.path ?? null,
    ...(password === null ? {} : { p12Password: password }),
    subject: printName(certificate.subject),
    subjectAltNames: certificate.subjectAltNames.map(printGeneralName),
    serialNumber: certificate.serialNumber,
    fingerprint: certificate.fingerprint,
    notBefore: new Date(certificate.notBefore).toISOString(),
    notAfter: new Date(certificate.notAfter).toISOString(),
    notGranted: notGranted(issued),
  };
  return `${JSON.stringify(result, null, 2)}\n`;
}

function textReport(issued: Issued, context: CliContext): string {
  const { paths, bundle } = issued;
  const { certificate, cut } = issued.leaf;
  const until = new Date(certificate.notAfter).toISOString().slice(0, 10);
  const files = issued.hasKey ? `${paths.certificate} and ${paths.key}` : paths.certificate;
  const lines = [
    `Wrote ${files} (valid until ${until}${cut ? ", when the issuer's own validity ends" : ''})`,
    `  subject: ${printName(certificate.subject) || '(empty)'}`,
  ];
  const names = certificate.subjectAltNames.map(printGeneralName).join(', ');
  if (names !== '') lines.push(`  names: ${names}`);
  const missing = notGranted(issued).join(', ');
  if (missing !== '') lines.push(`  in the request, but not granted here: ${missing}`);
  if (bundle !== null) {
    lines.push(`Wrote ${bundle.path} for browsers and key stores`);
    const password = bundle.newPassword;
    if (password !== null) lines.push(`  its password, shown only now: ${password}`);
  }
  lines.push(`Next: ${nextStep(issued, context)}`, '');
  return lines.join('\n');
}

/** What the request asks for and the command line did not grant. */
function notGranted(issued: Issued): string[] {
  if (issued.request === null) return [];
  const granted = new Set(issued.names.subjectAltNames.map(printGeneralName));
  const names = issued.request.subjectAltNames.map(printGeneralName);
  const subject = printName(issued.request.subject);
  const isOwn = subject === '' || subject === printName(issued.names.subject);
  return [...(isOwn ? [] : [subject]), ...names.filter((name) => !granted.has(name))];
}

function nextStep(issued: Issued, context: CliContext): string {
  const { anchors } = authorityPaths(issued.dir);
  const { certificate, key } = issued.paths;
  if (!issued.hasKey) return ownCommand(context, 'inspect', certificate);
  if (issued.kind === 'client') {
    const files = ['--cacert', anchors, '--cert', certificate, '--key', key].map(shellWord);
    return `curl ${files.join(' ')} https://localhost:9443/`;
  }
  const listen = ['--listen', '127.0.0.1:9443', '--to', 'echo:'];
  const files = ['--tlscert', certificate, '--tlskey', key, '--tlscacert', anchors];
  return ownCommand(context, 'proxy', ...listen, ...files, '--tlsverify');
}
