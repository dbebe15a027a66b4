import { signal } from '@preact/signals';

/** Whether the reader may ask the API. `unknown`: not asked yet. */
export const session = signal<'unknown' | 'in' | 'out'>('unknown');
