import type { Command } from 'commander';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { askAuthority } from '../../ca/enrolment-client.ts';
import { decodeToken, type EnrolmentToken } from '../../ca/enrolment-token.ts';
import { leafPaths, writeLeaf } from '../../ca/leaf-files.ts';
import { buildCertificateRequest } from '../../pki/certificate-request.ts';
import { parseCertificate } from '../../pki/certificate.ts';
import { CertificateError } from '../../pki/certificate-error.ts';
import { printGeneralName } from '../../pki/general-name.ts';
import { encodePublicKey, generatePrivateKey, type KeyType } from '../../pki/keys.ts';
import { printName } from '../../pki/name.ts';
import { decodeCertificates, encodePem, PemError } from '../../pki/pem.ts';
import { keySigner } from '../../pki/signer.ts';
import { type PlannedFile, refuseExistingFiles } from '../../store/file-set.ts';
import { type CliContext, CliError } from '../context.ts';
import { keyTypeOption } from '../leaf-options.ts';
import { ownCommand, pathFrom } from '../shell-text.ts';

interface EnrollFlags {
  readonly token?: string;
  readonly out: string;
  readonly keyType: KeyType;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** Where the token may stand, so that it is not seen among the processes. */
const TOKEN_VARIABLE = 'COUNTERSIGN_TOKEN';

/** `enroll`: gets this machine's certificate from an authority on the network. */
export function register(program: Command, context: CliContext): void {
  program
    .command('enroll')
    .description(
      'Get a certificate from a CA on the network with a token. The key is made here and stays here; nothing is sent before the server has shown that it is the CA that the token names.',
    )
    .argument('[url]', 'https://HOST:PORT of the CA (default: the one in the token)')
    .option('--token <token>', `what "token" printed (default: ${TOKEN_VARIABLE})`)
    .option('--out <dir>', 'folder for certificate, key and ca.crt', '.countersign')
    .addOption(keyTypeOption())
    .option('--force', 'replace files that exist')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  countersign enroll https://ca.example.com:9444 --token cst1_... --out /etc/app',
    )
    .action((url: string | undefined, flags: EnrollFlags) => enroll(url, flags, context));
}

async function enroll(
  given: string | undefined,
  flags: EnrollFlags,
  context: CliContext,
): Promise<void> {
  const token = readToken(flags, context);
  const url = given ?? token.url;
  if (url === null) throw new CliError('the token names no URL: give that of the CA');
  const out = pathFrom(context, flags.out);
  const paths = leafPaths(out, token.name);
  const anchors = join(out, 'ca.crt');
  const existing = flags.force === true ? 'replace' : 'refuse';
  // Before the token is used up.
  const keptAnchors = holdsRoot(anchors, token.root);
  if (existing === 'refuse') {
    const further = keptAnchors ? [] : [anchors];
    await refuseExistingFiles([paths.key, paths.certificate, ...further]);
  }
  const key = await generatePrivateKey(flags.keyType);
  // It asks for no names: those of the token are granted.
  const request = await buildCertificateRequest(
    { subject: [], subjectAltNames: [] },
    keySigner(key),
  );
  const { chain, root } = await askAuthority({
    url,
    trust: { kind: 'fingerprint', root: token.root },
    request: encodePem('CERTIFICATE REQUEST', request),
    publicKey: encodePublicKey(key),
    by: { kind: 'token', secret: token.secret },
    now: context.now(),
  });
  const contents = encodePem('CERTIFICATE', root.der);
  const further: PlannedFile[] = keptAnchors ? [] : [{ path: anchors, contents, mode: 0o644 }];
  await writeLeaf(paths, { chain, key }, existing, further);
  const [leaf] = chain;
  const names = leaf.subjectAltNames.map(printGeneralName);
  const notAfter = new Date(leaf.notAfter).toISOString();
  if (flags.json === true) {
    const result = {
      certificate: paths.certificate,
      key: paths.key,
      anchors,
      subject: printName(leaf.subject),
      subjectAltNames: names,
      serialNumber: leaf.serialNumber,
      fingerprint: leaf.fingerprint,
      notAfter,
    };
    context.stdout(`${JSON.stringify(result, null, 2)}\n`);
    return;
  }
  context.stdout(
    [
      `Wrote ${paths.certificate} and ${paths.key} (valid until ${notAfter.slice(0, 10)})`,
      `  subject: ${printName(leaf.subject) || '(empty)'}`,
      ...(names.length === 0 ? [] : [`  names: ${names.join(', ')}`]),
      `${keptAnchors ? 'Kept' : 'Wrote'} ${anchors}: the trust anchor ${printName(root.subject)}`,
      `Next: ${ownCommand(context, 'renew', paths.certificate, '--url', url, '--watch')}`,
      '',
    ].join('\n'),
  );
}

function readToken({ token }: EnrollFlags, { env }: CliContext): EnrolmentToken {
  const text = token ?? env[TOKEN_VARIABLE];
  if (text === undefined) throw new CliError(`a token is needed: --token, or ${TOKEN_VARIABLE}`);
  const read = decodeToken(text.trim());
  if (read !== null) return read;
  throw new CliError('the token is not as it was printed: a part of it is missing or altered');
}

/** Whether the file has the root of this fingerprint already. */
function holdsRoot(path: string, root: string): boolean {
  if (!existsSync(path)) return false;
  try {
    const certificates = decodeCertificates(readFileSync(path, 'utf8')).map(parseCertificate);
    return certificates.some(({ fingerprint }) => fingerprint === root);
  } catch (error) {
    if (error instanceof PemError || error instanceof CertificateError) return false;
    throw error;
  }
}
