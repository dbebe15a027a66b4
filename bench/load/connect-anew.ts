// A connection for each operation, with one request: full handshakes, resumed ones, refused ones.
import type { TLSSocket } from 'node:tls';
import { AnswerReader } from './answer.ts';
import { excerpt, type Material, open, OPERATION_LIMIT_MS } from './connection.ts';
import type { LoadPlan } from './plan.ts';
import type { Tally } from './tally.ts';

export async function connectAnewLane(
  plan: LoadPlan,
  material: Material,
  tally: Tally,
): Promise<void> {
  let session: Buffer | undefined;
  if (plan.mode === 'resumed') session = await connectOnce(plan, material, tally, undefined, false);
  while (!tally.isOver()) {
    const next = await connectOnce(plan, material, tally, session, true);
    if (plan.mode === 'resumed') session = next;
  }
}

/** Connects, asks once and closes. Resolves to the newest session that the server handed out. */
function connectOnce(
  plan: LoadPlan,
  material: Material,
  tally: Tally,
  session: Buffer | undefined,
  counts: boolean,
): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const started = performance.now();
    const reader = new AnswerReader(material.body, material.bodyBytes);
    let newest: Buffer | undefined;
    let done = false;
    const socket = open(plan, material, () => socket.write(material.request), session);
    const fail = (reason: string): void => {
      if (!done) tally.fail(reason);
      done = true;
      socket.destroy();
    };
    socket.setTimeout(OPERATION_LIMIT_MS, () => fail('timed out'));
    socket.on('session', (ticket: Buffer) => {
      newest = ticket;
    });
    socket.on('data', (chunk: Buffer) => {
      const progress = reader.read(chunk);
      if (progress === 'more') return;
      if (progress === 'wrong') {
        fail(`wrong answer ${excerpt(chunk)}`);
        return;
      }
      done = true;
      if (counts) {
        tally.done(started);
        if ((socket as Partial<TLSSocket>).isSessionReused?.() === true) tally.resumed++;
      }
      socket.end();
    });
    socket.on('error', (error) => fail(error.message));
    socket.on('close', () => {
      fail('closed before the answer');
      resolve(newest);
    });
  });
}

/** Connections whose certificate must not be taken: an alert, a close, or nginx's 400. */
export async function refusedLane(plan: LoadPlan, material: Material, tally: Tally): Promise<void> {
  while (!tally.isOver()) await refusedOnce(plan, material, tally);
}

const NGINX_REFUSAL = 'HTTP/1.1 400 ';

function refusedOnce(plan: LoadPlan, material: Material, tally: Tally): Promise<void> {
  return new Promise((resolve) => {
    const started = performance.now();
    let wrong: string | null = null;
    let hasGreeted = false;
    const socket = open(plan, material, () => {
      hasGreeted = true;
      socket.write(material.request);
    });
    socket.setTimeout(OPERATION_LIMIT_MS, () => {
      wrong = 'timed out';
      socket.destroy();
    });
    socket.once('data', (chunk: Buffer) => {
      if (!chunk.toString('latin1').startsWith(NGINX_REFUSAL)) wrong = `answer ${excerpt(chunk)}`;
      socket.end();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      // In TLS 1.3 the client is done before its certificate is looked at.
      if (!hasGreeted) wrong = 'the server did not finish its part of the handshake';
      if (wrong === null) tally.done(started);
      else tally.fail(wrong);
      resolve();
    });
  });
}
