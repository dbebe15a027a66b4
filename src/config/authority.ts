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
  const listen = ca.listen === undefined ? null : resolveListen(ca.listen, context);
  if (listen !== null) {
    const taken = listeners.find((listener) => addressesConflict(listener.address, listen));
    const other = taken?.name ?? (conflictsWithAdmin(admin, listen) ? 'admin' : null);
    if (other !== null) report.error(LISTEN, `the address is taken by a listener (${other})`);
  }
  return {
    dir: files.absolute(ca.dir),
    listen,
    names: ca.names ?? [],
    url: ca.url ?? null,
    passphraseFile: ca.passphrase_file === undefined ? null : files.absolute(ca.passphrase_file),
    certificates: [...context.certificateFiles.values()],
  };
}

const LISTEN = ['ca', 'listen'];

function resolveListen(text: string, { report, files }: ResolveContext): ListenAddress | null {
  const result = parseListenAddress(text, (path) => files.absolute(path));
  if (result.kind === 'address' && result.address.kind === 'tcp') return result.address;
  const message = result.kind === 'invalid' ? result.message : 'must be an address of TCP';
  report.error(LISTEN, message);
  return null;
}

function conflictsWithAdmin(admin: Config['admin'], listen: ListenAddress): boolean {
  if (admin === undefined) return false;
  const result = parseListenAddress(admin.listen, (path) => path);
  return result.kind === 'address' && addressesConflict(result.address, listen);
}

function isBareUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, pathname, username, search, hash } = new URL(text);
  return protocol === 'https:' && pathname === '/' && username + search + hash === '';
}
