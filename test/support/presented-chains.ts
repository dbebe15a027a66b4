// Clients whose chains are wrong in one place each, presented by openssl's client just as they are.
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { encodePrivateKey } from '../../src/pki/keys.ts';
import type { AdminApi } from './admin-api.ts';
import { extension, type Forged, forge } from './forged-certificate.ts';
import { programPath } from './programs.ts';

/** What a client sends, and what is to be said of it. */
export interface PresentedCase {
  readonly name: string;
  readonly cause: string;
  /** By common name, leaf first. */
  readonly chain: readonly string[];
  /** The common name of the certificate at fault. */
  readonly fault: string;
}

export const presentedCases: readonly PresentedCase[] = [
  { name: 'expired', cause: 'expired', chain: ['leaf-expired', 'Old CA'], fault: 'Old CA' },
  { name: 'missing', cause: 'missing-intermediate', chain: ['leaf'], fault: 'leaf' },
  {
    name: 'wrong',
    cause: 'missing-intermediate',
    chain: ['leaf', 'Other CA', 'Old CA'],
    fault: 'leaf',
  },
  {
    name: 'purpose',
    cause: 'wrong-purpose',
    chain: ['leaf-purpose', 'No CA', 'Other CA'],
    fault: 'No CA',
  },
];

/** Writes `root.crt` and, for each case, `NAME.crt`, `NAME.key` and `NAME.chain`, what goes behind it. */
export async function writePresentedChains(folder: string): Promise<void> {
  const root = forge({ subject: 'CN=Root', extensions: [extension.ca()] });
  const made = new Map<string, Forged>();
  const make = (name: string, issuer: Forged, ca = true, notAfter?: number): Forged => {
    const extensions = ca ? [extension.ca()] : [extension.notCa()];
    const more = notAfter === undefined ? {} : { notAfter };
    const forged = forge({ subject: `CN=${name}`, issuer, extensions, ...more });
    made.set(name, forged);
    return forged;
  };
  const issuing = make('Issuing CA', root);
  const old = make('Old CA', root, true, Date.UTC(2026, 1, 1));
  make('Other CA', root);
  const none = make('No CA', root, false);
  make('leaf', issuing, false);
  make('leaf-expired', old, false);
  make('leaf-purpose', none, false);
  await writeFile(join(folder, 'root.crt'), root.pem);
  for (const { name, chain } of presentedCases) {
    const [leaf, ...others] = chain.map((common) => made.get(common) as Forged);
    await writeFile(join(folder, `${name}.crt`), leaf.pem);
    await writeFile(join(folder, `${name}.key`), encodePrivateKey(leaf.keys.privateKey));
    await writeFile(join(folder, `${name}.chain`), others.map(({ pem }) => pem).join(''));
  }
}

/** Connects once as the client of this case. How that ends for it does not matter here. */
export async function present(folder: string, port: number, name: string): Promise<void> {
  const chain = presentedCases.find((one) => one.name === name)?.chain ?? [];
  const behind = chain.length > 1 ? ['-cert_chain', `${name}.chain`] : [];
  const own = ['-cert', `${name}.crt`, '-key', `${name}.key`, ...behind];
  const target = ['-connect', `127.0.0.1:${port}`, '-servername', 'localhost'];
  const child = promisify(execFile)(programPath('openssl'), ['s_client', ...target, ...own], {
    cwd: folder,
    timeout: 20_000,
  });
  child.child.stdin?.end();
  await child.catch(() => {});
}

/** The last handshake that the query picks, whole, once there is one. */
export async function findHandshake(
  api: AdminApi,
  query: string,
): Promise<Readonly<Record<string, unknown>>> {
  for (let tries = 0; tries < 200; tries++) {
    const { json } = await api.ask('GET', `/v1/handshakes?page_size=1&${query}`);
    const [line] = json['items'] as readonly { readonly id: string }[];
    if (line !== undefined) return (await api.ask('GET', `/v1/handshakes/${line.id}`)).json;
    await delay(50);
  }
  throw new Error(`there never was a handshake with ${query}`);
}
