import type { Evidence } from './evidence.ts';
import { defineFinding } from './finding.ts';
import { listing } from './listing.ts';

interface Values {
  /** null: the client sent none. */
  readonly sni: string | null;
  readonly names: readonly string[];
  readonly listener: string;
}

export const sniUnknown = defineFinding<Values>({
  code: 'sni-unknown',
  severity: 'warning',
  title: {
    en: 'No certificate answers to the name that the client asked for',
    zh: '没有证书对应客户端请求的名称',
  },
  rule: 'RFC 6066 section 3',
  recognise({ causes, record, listener }: Evidence) {
    if (!causes.some(({ code }) => code === 'sni-unknown')) return null;
    return { sni: record.sni, names: listener.serverNames, listener: listener.name };
  },
  texts: {
    en: ({ sni, names, listener }) => ({
      detail: `${sni === null ? 'The client sent no server name, as for an IP address,' : `The client asked for ${sni}`} and ${listener} has no default certificate. It answers to: ${listing(names, 'en', 8)}.`,
      remedy: `Use one of these names: curl https://${exampleOf(names)}/ --resolve ${exampleOf(names)}:PORT:ADDRESS; or name ${sni ?? 'it'} in snis of a certificate, or give ${listener} a default: tls: { cert_file: ..., key_file: ... }`,
    }),
    zh: ({ sni, names, listener }) => ({
      detail: `${sni === null ? '客户端没有发送服务器名称（例如直接使用 IP 地址）' : `客户端请求 ${sni}`}，而 ${listener} 没有默认证书。它对应的名称有：${listing(names, 'zh', 8)}。`,
      remedy: `使用其中一个名称：curl https://${exampleOf(names)}/ --resolve ${exampleOf(names)}:PORT:ADDRESS；或把 ${sni ?? '该名称'} 写入某个证书的 snis，或为 ${listener} 设置默认证书：tls: { cert_file: ..., key_file: ... }`,
    }),
  },
});

function exampleOf(names: readonly string[]): string {
  return names.find((name) => !name.startsWith('*')) ?? 'NAME';
}
