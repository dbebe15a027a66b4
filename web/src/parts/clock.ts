import { signal } from '@preact/signals';

const TICK_MS = 5000;

/** The time, now and then, milliseconds since the epoch: what tells how long ago something was goes by it. */
export const clock = signal(Date.now());

setInterval(() => {
  clock.value = Date.now();
}, TICK_MS);
