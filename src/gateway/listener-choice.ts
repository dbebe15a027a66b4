import type { ListenerOptions } from './options.ts';

/** The listener that a client would come to: the first with a certificate for the server name; else the first that speaks TLS. */
export function listenerFor(
  listeners: readonly ListenerOptions[],
  sni: string | null,
): ListenerOptions | null {
  const secure = listeners.filter((one) => one.protocol !== 'http' && one.protocol !== 'tcp');
  const fitting = secure.find(({ tls }) => {
    const names = [...(tls.fallback?.snis ?? []), ...tls.certificates.flatMap(({ snis }) => snis)];
    return names.some((name) => name === sni || (sni !== null && isUnder(sni, name)));
  });
  return fitting ?? secure[0] ?? null;
}

function isUnder(name: string, pattern: string): boolean {
  const dot = name.indexOf('.');
  return dot > 0 && pattern === `*${name.slice(dot)}`;
}
