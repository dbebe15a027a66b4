// One load process: does each plan that arrives over IPC and answers with its result.
import { burstLane } from './bursts.ts';
import { connectAnewLane, refusedLane } from './connect-anew.ts';
import { type Material, materialOf } from './connection.ts';
import { holdConnections, releaseHeld } from './held.ts';
import { http2Lane } from './http2.ts';
import { keepAliveLane } from './keep-alive.ts';
import type { LoadMode, LoadPlan, LoadResult } from './plan.ts';
import { publishLane } from './publish.ts';
import { Tally } from './tally.ts';

process.on('message', (plan: LoadPlan) => {
  void run(plan).then((result) => process.send?.(result));
});
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));

type Lane = (plan: LoadPlan, material: Material, tally: Tally) => Promise<void>;

const publish: Lane = (plan, { context }, tally) => publishLane(plan, context, tally);

const LANES: Readonly<Record<LoadMode, Lane>> = {
  full: connectAnewLane,
  resumed: connectAnewLane,
  refused: refusedLane,
  'keep-alive': keepAliveLane,
  bursts: burstLane,
  message: keepAliveLane,
  http2: http2Lane,
  hold: holdConnections,
  publish,
  deliver: publish,
  'mqtt-publish': publish,
};

async function run(plan: LoadPlan): Promise<LoadResult> {
  const material = materialOf(plan);
  const tally = new Tally(plan);
  const lane = LANES[plan.mode];
  if (plan.mode === 'hold') {
    await lane(plan, material, tally);
  } else {
    releaseHeld();
    await Promise.all(Array.from({ length: plan.concurrency }, () => lane(plan, material, tally)));
  }
  return tally.result();
}
