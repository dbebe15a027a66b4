import type { GatewayOptions } from './options.ts';

/** What the primary tells a worker. A `connection` comes with the socket. */
export type ToWorker =
  | {
      readonly kind: 'apply';
      readonly version: number;
      readonly options: GatewayOptions;
      readonly graceMs: number;
    }
  | { readonly kind: 'connection'; readonly listener: string }
  | { readonly kind: 'stop'; readonly graceMs: number };

/** What a worker answers to `apply`. */
export type FromWorker =
  | { readonly kind: 'applied'; readonly version: number; readonly closed: number }
  | {
      readonly kind: 'failed';
      readonly version: number;
      readonly code: string;
      readonly message: string;
    };
