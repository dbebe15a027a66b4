// Requests, or messages of bytes, one after another on connections that stay open.
import { AnswerReader, PatternReader } from './answer.ts';
import { excerpt, type Material, open, OPERATION_LIMIT_MS } from './connection.ts';
import type { LoadPlan } from './plan.ts';
import type { Tally } from './tally.ts';

const REOPEN_MS = 10;

export function keepAliveLane(plan: LoadPlan, material: Material, tally: Tally): Promise<void> {
  return new Promise((resolve) => {
    // Of a request that is asked again on another connection: when it was asked first.
    let asked = 0;
    const openLane = (): void => {
      const reader = readerOf(plan, material);
      let answered = 0;
      let isWaiting = false;
      let hasBegun = false;
      let isOver = false;
      const ask = (): void => {
        if (isOver) return;
        if (asked === 0) asked = performance.now();
        isWaiting = true;
        hasBegun = false;
        socket.write(material.request);
      };
      const socket = open(plan, material, ask);
      const end = (reason: string | null): void => {
        if (isOver) return;
        isOver = true;
        if (reason !== null) tally.fail(reason);
        socket.destroy();
        if (tally.isOver()) resolve();
        else setTimeout(openLane, reason === null ? 0 : REOPEN_MS);
      };
      /** A server may close between requests: what it has not begun to answer may be asked again. */
      const closed = (reason: string): void => {
        if (answered > 0 && !hasBegun) {
          if (isWaiting && !isOver) tally.retried++;
          end(null);
        } else {
          asked = 0;
          end(reason);
        }
      };
      socket.setTimeout(OPERATION_LIMIT_MS, () => end('timed out'));
      socket.on('data', (chunk: Buffer) => {
        hasBegun = true;
        const progress = isWaiting ? reader(chunk) : 'wrong';
        if (progress === 'more') return;
        if (progress === 'wrong') {
          asked = 0;
          end(`wrong answer ${excerpt(chunk)}`);
          return;
        }
        answered++;
        isWaiting = false;
        hasBegun = false;
        tally.done(asked);
        asked = 0;
        if (tally.isOver()) end(null);
        else if (plan.pauseMs === undefined) ask();
        else setTimeout(ask, plan.pauseMs);
      });
      socket.on('error', (error) => closed(error.message));
      socket.on('close', () => closed('closed before the answer'));
    };
    openLane();
  });
}

function readerOf({ mode }: LoadPlan, { body, bodyBytes }: Material) {
  if (mode === 'message') {
    const pattern = new PatternReader(body, bodyBytes);
    return (chunk: Buffer) => pattern.read(chunk, 0, chunk.length);
  }
  const answer = new AnswerReader(body, bodyBytes);
  return (chunk: Buffer) => answer.read(chunk);
}
