import type { ListenerOptions, PlainListenerOptions } from './options.ts';

/** Whether a listener speaks no TLS. */
export function isPlain(options: ListenerOptions): options is PlainListenerOptions {
  return options.protocol === 'http' || options.protocol === 'tcp';
}

/** The listener that a client would come to: the first with a certificate for the server name; else the first that speaks TLS. */
export function listenerFor(
  listeners: readonly ListenerOptions[],
  sni: string | null,
): ListenerOptions | null {
  const secure = listeners.filter((one) => !isPlain(one));
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
