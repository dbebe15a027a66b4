import type { Explainer } from '../admin/running-gateway.ts';
import { normalizeServerName } from '../tls/server-name.ts';
import { readRevocations } from './authority-watch.ts';
import { explainClient } from './explanation.ts';
import { listenerFor } from './listener-choice.ts';

/** What the admin API explains by: the same as the command `explain`. */
export const adminExplainer: Explainer = async ({ listeners, authority }, question, at) => {
  const { chain, listener: named, sni: text, request, language } = question;
  const sni = text === null ? null : normalizeServerName(Buffer.from(text, 'latin1'));
  if (text !== null && sni === null) {
    return { kind: 'invalid', errors: [{ path: 'sni', message: 'is no host name' }] };
  }
  const listener =
    named === null ? listenerFor(listeners, sni) : listeners.find(({ name }) => name === named);
  if (listener === undefined || listener === null) {
    const names = listeners.map(({ name }) => name).join(', ');
    const message = `there is none of this name, but ${names}`;
    return { kind: 'invalid', errors: [{ path: 'listener', message }] };
  }
  const revocations = await readRevocations(authority?.dir ?? null);
  const client = { chain, sni, request };
  const explanation = await explainClient(listener, client, revocations, at, language);
  return { kind: 'explained', listener: listener.name, ...explanation };
};
