// A program: keeps its heap small, and the newest of many objects, as a gateway does its sessions; prints the least and
// the most that was in use, bytes, once the first are gone.
import { keepHeapSmall } from '../../src/gateway/small-heap.ts';

const KEPT = 100_000;
const MADE = 2_000_000;

keepHeapSmall();
const kept: object[] = [];
let least = Number.POSITIVE_INFINITY;
let most = 0;
for (let made = 0; made < MADE; made++) {
  kept[made % KEPT] = { id: `session ${made}`, chain: [made, made] };
  if (made < MADE / 2 || made % 1000 > 0) continue;
  const { heapUsed } = process.memoryUsage();
  least = Math.min(least, heapUsed);
  most = Math.max(most, heapUsed);
}
process.stdout.write(JSON.stringify({ least, most }));
