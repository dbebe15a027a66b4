// A proxy to a service of the test, and what it told the operator.
import type { TestContext } from 'node:test';
import { ProxyOrigin, UpstreamClients } from '../../src/frontends/http/origins/proxy.ts';
import type { HttpLimits, IdentityHeaderOptions } from '../../src/frontends/http/options.ts';
import type { UpstreamOptions } from '../../src/upstreams/options.ts';
import { testLimits } from './http-gateway.ts';

export interface ProxySetup {
  readonly http?: 'h1' | 'h2c';
  readonly upstream?: Partial<UpstreamOptions>;
  readonly limits?: Partial<HttpLimits>;
  readonly headers?: Partial<IdentityHeaderOptions>;
}

export interface TestProxy {
  readonly origin: ProxyOrigin;
  readonly clients: UpstreamClients;
  /** The codes of what failed at the upstream, in order. */
  readonly failures: readonly string[];
}

/** A proxy to a port of 127.0.0.1. */
export function proxyTo(
  t: Pick<TestContext, 'after'>,
  port: number,
  setup: ProxySetup = {},
): TestProxy {
  const failures: string[] = [];
  const clients = new UpstreamClients({
    upstreamFailed: (_name, failure) => failures.push(failure.code),
  });
  t.after(() => clients.close());
  const origin = new ProxyOrigin(
    {
      kind: 'proxy',
      http: setup.http ?? 'h1',
      headers: { clientCert: false, clientCertChain: false, xfcc: false, ...setup.headers },
      upstream: {
        name: 'test',
        address: { kind: 'tcp', host: '127.0.0.1', port },
        tls: null,
        connectTimeoutMs: 1000,
        idleTimeoutMs: 2000,
        maxIdle: 16,
        ...setup.upstream,
      },
    },
    { ...testLimits, ...setup.limits },
    clients,
  );
  return { origin, clients, failures };
}
