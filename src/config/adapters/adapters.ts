import type { Adapter, AdapterName } from './adapter.ts';

const LOADERS: Readonly<Record<AdapterName, () => Promise<Adapter>>> = {
  nats: async () => (await import('./nats/adapter.ts')).natsAdapter,
  apisix: async () => (await import('./apisix/adapter.ts')).apisixAdapter,
  nginx: async () => (await import('./nginx/adapter.ts')).nginxAdapter,
};

/** The languages that are read, by the names of their adapters. */
export const ADAPTER_NAMES = Object.keys(LOADERS) as readonly AdapterName[];

/** Loads an adapter when it is first chosen. */
export function loadAdapter(name: AdapterName): Promise<Adapter> {
  return LOADERS[name]();
}
