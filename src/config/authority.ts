import { isIP } from 'node:net';
import type { AuthorityOptions, ListenAddress, ListenerOptions } from '../gateway/options.ts';
import { addressesConflict, isHostName, parseListenAddress } from './listen-address.ts';
import type { ResolveContext } from './resolve-context.ts';
import type { Config } from './schema.ts';

/** Resolves the authority that is attached; null where none is. Problems are reported. */
export function resolveAuthority(
  { ca, admin }: Config,
  listeners: readonly ListenerOptions[],
  context: ResolveContext,
): AuthorityOptions | null {
  if (ca === undefined) return null;
  const { files, report } = context;
  for (const [index, name] of (ca.names ?? []).entries()) {
    if (isIP(name) === 0 && !isHostName(name)) {
      report.error(['ca', 'names', index], 'must be a host name or an IP address');
    }
  }
  if (ca.url !== undefined && !isBareUrl(ca.url)) {
    report.error(['ca', 'url'], 'must read https://HOST:PORT, with nothing after it');
  }
  const taken: Taken[] = listeners.map(({ name, address }) => ({ name, address }));
  const adminAddress = addressOf(admin?.listen);
  if (adminAddress !== null) taken.push({ name: 'admin', address: adminAddress });
  const listen = resolveListen('listen', ca.listen, taken, context);
  if (listen !== null) taken.push({ name: 'ca.listen', address: listen });
  const listsListen = resolveListen('crl_listen', ca.crl_listen, taken, context);
  return {
    dir: files.absolute(ca.dir),
    issuing: files.readQuietly(`${ca.dir}/ca/issuing.crt`),
    listen,
    names: ca.names ?? [],
    url: ca.url ?? null,
    listsListen,
    passphraseFile: ca.passphrase_file === undefined ? null : files.absolute(ca.passphrase_file),
    certificates: [...context.certificateFiles.values()],
  };
}

interface Taken {
  readonly name: string;
  readonly address: ListenAddress;
}

/** An address of TCP that nobody has; null: none is configured, or it can't be had, which is reported. */
function resolveListen(
  key: 'listen' | 'crl_listen',
  text: string | undefined,
  taken: readonly Taken[],
  { report, files }: ResolveContext,
): ListenAddress | null {
  if (text === undefined) return null;
  const result = parseListenAddress(text, (path) => files.absolute(path));
  if (result.kind === 'invalid' || result.address.kind !== 'tcp') {
    const message = result.kind === 'invalid' ? result.message : 'must be an address of TCP';
    report.error(['ca', key], message);
    return null;
  }
  const other = taken.find(({ address }) => addressesConflict(address, result.address));
  if (other !== undefined) {
    report.error(['ca', key], `the address is taken by a listener (${other.name})`);
  }
  return result.address;
}

function addressOf(text: string | undefined): ListenAddress | null {
  const result = text === undefined ? null : parseListenAddress(text, (path) => path);
  return result?.kind === 'address' ? result.address : null;
}

function isBareUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, pathname, username, search, hash } = new URL(text);
  return protocol === 'https:' && pathname === '/' && username + search + hash === '';
}
