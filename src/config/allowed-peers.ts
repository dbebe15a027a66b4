import { isIP } from 'node:net';
import type { AllowedPeer } from '../pki/allowed-peer.ts';
import { NameError, parseName } from '../pki/name.ts';
import { parseServerName } from './patterns.ts';
import type { ConfigPath } from './problem.ts';
import type { ResolveContext } from './resolve-context.ts';

/**
 * Reads `allow_peers`; null where there is none. What comes first in a text tells what it is: an
 * attribute's type and `=`, a subject; a scheme and `:`, a URI; otherwise it is a host.
 */
export function resolveAllowedPeers(
  texts: readonly string[] | undefined,
  at: ConfigPath,
  { report }: Pick<ResolveContext, 'report'>,
): readonly AllowedPeer[] | null {
  if (texts === undefined) return null;
  return texts.flatMap((text, index) => {
    const peer = readPeer(text);
    if (typeof peer !== 'string') return [peer];
    report.error([...at, index], peer);
    return [];
  });
}

/** Or what is wrong with it. */
function readPeer(text: string): AllowedPeer | string {
  if (/^\s*[A-Za-z0-9.-]+\s*=/.test(text)) return readSubject(text);
  if (isIP(text) !== 0) return { kind: 'host', name: text };
  if (/^[a-z][a-z0-9+.-]*:/i.test(text)) return readUri(text);
  if (text.includes('*')) return `${JSON.stringify(text)}: a peer is named in full, without "*"`;
  const result = parseServerName(text);
  if (result.kind === 'pattern') return { kind: 'host', name: result.pattern };
  return `${JSON.stringify(text)} is no host name, no URI and no subject such as CN=api,O=Example`;
}

function readSubject(text: string): AllowedPeer | string {
  try {
    return { kind: 'dn', name: parseName(text) };
  } catch (error) {
    if (error instanceof NameError) return `is not a subject: ${error.message}`;
    throw error;
  }
}

function readUri(text: string): AllowedPeer | string {
  if (/^[a-z][a-z0-9+.-]*:(?:\/\/[^/]|[^/\d])[\x21-\x7e]*$/i.test(text)) {
    return { kind: 'uri', uri: text };
  }
  return `${JSON.stringify(text)} is not a URI; a host stands here without its port`;
}
