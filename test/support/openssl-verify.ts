import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** What `openssl verify` says of one certificate; code 0: it is good. */
export interface OpensslAnswer {
  readonly code: number;
  /** How far above the leaf the certificate is that the error is about. */
  readonly depth: number;
  readonly text: string;
  /** Subjects from the leaf to the trust anchor where it is good, else empty. */
  readonly path: readonly string[];
}

/** A certificate as text. */
interface Pem {
  readonly pem: string;
}

/** Asks openssl about many leaves at once, all under the same anchors and with the same intermediates. */
export async function opensslVerify(
  folder: string,
  input: {
    readonly anchors: readonly Pem[];
    readonly intermediates: readonly Pem[];
    readonly leaves: readonly Pem[];
    readonly purpose: 'sslclient' | 'sslserver';
    readonly at: number;
  },
): Promise<OpensslAnswer[]> {
  const { anchors, intermediates, leaves, purpose, at } = input;
  const write = (name: string, certificates: readonly Pem[]) =>
    writeFile(join(folder, name), certificates.map(({ pem }) => pem).join(''));
  await write('anchors.pem', anchors);
  await write('intermediates.pem', intermediates);
  const files = leaves.map((_, at_) => `leaf-${at_}.pem`);
  await Promise.all(leaves.map((leaf, index) => write(files[index] ?? '', [leaf])));
  const options =
    `verify -show_chain -no-CApath -no-CAstore -partial_chain -purpose ${purpose} -auth_level 2 ` +
    `-attime ${at / 1000} -CAfile anchors.pem` +
    (intermediates.length > 0 ? ' -untrusted intermediates.pem' : '');
  const answers = readAnswers(await run(folder, [...options.split(' '), ...files]));
  return files.map((file) => {
    const answer = answers.get(file);
    if (answer === undefined) throw new Error(`openssl verify says nothing of ${file}`);
    return answer;
  });
}

/** Standard output and standard error; it exits with 2 where any certificate is bad. */
async function run(folder: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout, stderr } = await promisify(execFile)('openssl', args, { cwd: folder });
    return `${stderr}\n${stdout}`;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    return `${stderr}\n${stdout}`;
  }
}

function readAnswers(output: string): Map<string, OpensslAnswer> {
  const answers = new Map<string, OpensslAnswer>();
  let first: OpensslAnswer | null = null;
  let path: string[] = [];
  for (const line of output.split('\n')) {
    const error = /^error (\d+) at (\d+) depth lookup: ?(.*)$/.exec(line);
    if (error !== null) {
      first ??= { code: Number(error[1]), depth: Number(error[2]), text: error[3] ?? '', path: [] };
      continue;
    }
    const bad = /^error (\S+): verification failed$/.exec(line);
    if (bad !== null && first !== null) {
      answers.set(bad[1] ?? '', first);
      first = null;
    }
    const good = /^(\S+): OK$/.exec(line);
    if (good !== null) {
      path = [];
      answers.set(good[1] ?? '', { code: 0, depth: 0, text: 'OK', path });
    }
    const link = /^depth=\d+: (.*?)(?: \(untrusted\))?$/.exec(line);
    if (link !== null) path.push(link[1] ?? '');
  }
  return answers;
}
