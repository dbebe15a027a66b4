import type { OtherProtocol } from '../tls/first-bytes.ts';
import { causeOf, type Evidence } from './evidence.ts';
import { defineFinding } from './finding.ts';
import { shown } from './quoted-word.ts';

interface Values {
  readonly protocol: Known;
  readonly listener: string;
  readonly speaks: string;
}

type Known = Exclude<OtherProtocol, 'http'>;

export const otherProtocol = defineFinding<Values>({
  code: 'other-protocol',
  severity: 'warning',
  title: {
    en: 'The client speaks something other than TLS',
    zh: '客户端使用的不是 TLS 协议',
  },
  rule: 'RFC 8446 section 5.1',
  recognise(evidence: Evidence) {
    const cause = causeOf(evidence, 'other-protocol');
    if (cause === null) return null;
    const { name, protocol } = evidence.listener;
    const known = Object.hasOwn(NAMES, cause.detail) ? (cause.detail as Known) : 'unknown';
    return { protocol: known, listener: shown(name), speaks: protocol };
  },
  texts: {
    en: ({ protocol, listener, speaks }) => ({
      detail: `${listener} speaks ${speaks} over TLS; the client began with ${NAMES[protocol].en}.`,
      remedy: REMEDIES[protocol].en,
    }),
    zh: ({ protocol, listener, speaks }) => ({
      detail: `${listener} 在 TLS 上使用 ${speaks}；客户端以${NAMES[protocol].zh}开始。`,
      remedy: REMEDIES[protocol].zh,
    }),
  },
});

interface Words {
  readonly en: string;
  readonly zh: string;
}

const NAMES: Readonly<Record<Known, Words>> = {
  ssh: { en: 'an SSH greeting', zh: ' SSH 问候' },
  proxy: { en: 'a PROXY protocol header', zh: ' PROXY 协议头' },
  nats: { en: 'a NATS CONNECT in the clear', zh: '明文的 NATS CONNECT' },
  mqtt: { en: 'an MQTT CONNECT in the clear', zh: '明文的 MQTT CONNECT' },
  postgresql: {
    en: "PostgreSQL's request for TLS (SSLRequest)",
    zh: ' PostgreSQL 的 TLS 请求（SSLRequest）',
  },
  rdp: { en: 'a Remote Desktop connection request', zh: '远程桌面（RDP）连接请求' },
  socks: { en: 'a SOCKS greeting', zh: ' SOCKS 问候' },
  smtp: { en: 'an SMTP greeting', zh: ' SMTP 问候' },
  sslv2: {
    en: 'a ClientHello of SSL 2.0, which no TLS server takes any more',
    zh: ' SSL 2.0 的 ClientHello，任何 TLS 服务器都不再接受',
  },
  unknown: {
    en: 'bytes that are no protocol known here, as port scanners send them',
    zh: '此处不认识的协议字节，端口扫描器常如此',
  },
};

const REMEDIES: Readonly<Record<Known, Words>> = {
  ssh: {
    en: 'Point the SSH client at the SSH server: ssh -p 22 HOST',
    zh: '让 SSH 客户端连接 SSH 服务器：ssh -p 22 HOST',
  },
  proxy: {
    en: 'Turn the PROXY protocol off in the load balancer in front: send-proxy in HAProxy, proxy_protocol in nginx',
    zh: '关闭前面负载均衡的 PROXY 协议：HAProxy 的 send-proxy，nginx 的 proxy_protocol',
  },
  nats: {
    en: 'Give the listener protocol: nats, which greets before TLS; or let the client start with TLS and use tls://: nats --tlsfirst ...',
    zh: '把监听器设为 protocol: nats（先问候再 TLS）；或让客户端先进行 TLS 并使用 tls://:nats --tlsfirst ...',
  },
  mqtt: {
    en: 'Let the client use TLS: mqtts:// in its URL, mosquitto_pub --cafile ca.crt --cert client.crt --key client.key',
    zh: '让客户端使用 TLS:URL 用 mqtts://,mosquitto_pub --cafile ca.crt --cert client.crt --key client.key',
  },
  postgresql: {
    en: 'Let the client start with TLS (PostgreSQL 17 and later): psql "sslmode=require sslnegotiation=direct ..."',
    zh: '让客户端直接以 TLS 开始（PostgreSQL 17 及以上）：psql "sslmode=require sslnegotiation=direct ..."',
  },
  rdp: {
    en: 'Point the Remote Desktop client at its server: this port is not it',
    zh: '让远程桌面客户端连接其服务器：此端口不是',
  },
  socks: {
    en: 'This port is no SOCKS proxy: take it out of the proxy settings of the client (ALL_PROXY)',
    zh: '此端口不是 SOCKS 代理：从客户端的代理设置（ALL_PROXY）中去掉',
  },
  smtp: {
    en: 'Point the mail client at the mail server: this port is not it',
    zh: '让邮件客户端连接邮件服务器：此端口不是',
  },
  sslv2: {
    en: 'Update the client, or let it offer TLS 1.2: curl --tlsv1.2 ...',
    zh: '更新客户端，或让它提供 TLS 1.2：curl --tlsv1.2 ...',
  },
  unknown: {
    en: 'Check that the client starts with TLS: openssl s_client -connect HOST:PORT; otherwise nothing has to be done',
    zh: '确认客户端以 TLS 开始：openssl s_client -connect HOST:PORT；否则无需处理',
  },
};
