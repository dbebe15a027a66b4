/**
 * What is asked of a client: `false` asks for no certificate; `optional` asks, and refuses a bad one;
 * `observe` asks, admits everyone and records what `true` would have refused; `true` requires a good one.
 */
export type ClientAuthMode = 'false' | 'observe' | 'optional' | 'true';
