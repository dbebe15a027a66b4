// One load process: does each plan that arrives over IPC and answers with its result.
import { readFileSync } from 'node:fs';
import { connect, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import type { LoadPlan, LoadResult } from './plan.ts';
import { publishLane } from './publish.ts';

const OPERATION_LIMIT_MS = 10_000;
const MOST_ERRORS = 200;

class Tally {
  readonly #plan: LoadPlan;
  readonly latenciesMs: number[] = [];
  readonly deadline: number;
  errors = 0;
  firstError: string | null = null;
  resumed = 0;
  published = 0;

  constructor(plan: LoadPlan) {
    this.#plan = plan;
    this.deadline = performance.now() + plan.durationMs;
  }

  isOver(): boolean {
    return performance.now() >= this.deadline || this.errors >= MOST_ERRORS;
  }

  fail(reason: string): void {
    this.errors++;
    this.firstError ??= `${this.#plan.mode}: ${reason}`;
  }
}

/** A client certificate's context and the bytes of a request and of its answer's body. */
interface Material {
  readonly context: SecureContext;
  readonly request: Buffer;
  readonly body: Buffer;
}

process.on('message', (plan: LoadPlan) => {
  void run(plan).then((result) => process.send?.(result));
});
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));

async function run(plan: LoadPlan): Promise<LoadResult> {
  const material: Material = {
    context: createSecureContext({
      ca: readFileSync(plan.caFile),
      cert: readFileSync(plan.certFile),
      key: readFileSync(plan.keyFile),
      minVersion: 'TLSv1.3',
      ecdhCurve: 'X25519',
    }),
    request: Buffer.from(`GET ${plan.path} HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n`),
    body: Buffer.from(plan.body),
  };
  const tally = new Tally(plan);
  const started = performance.now();
  const lane = laneOf(plan);
  await Promise.all(Array.from({ length: plan.concurrency }, () => lane(plan, material, tally)));
  return {
    operations: isPublishing(plan) ? tally.published : tally.latenciesMs.length,
    errors: tally.errors,
    firstError: tally.firstError,
    resumed: tally.resumed,
    elapsedMs: performance.now() - started,
    latenciesMs: tally.latenciesMs,
  };
}

type Lane = (plan: LoadPlan, material: Material, tally: Tally) => Promise<void>;

function isPublishing({ mode }: LoadPlan): boolean {
  return mode === 'publish' || mode === 'deliver';
}

function laneOf(wanted: LoadPlan): Lane {
  if (isPublishing(wanted)) {
    return (plan, { context }, tally) => publishLane(plan, context, tally);
  }
  return wanted.mode === 'keep-alive' ? keepAliveLane : connectionLane;
}

async function connectionLane(plan: LoadPlan, material: Material, tally: Tally): Promise<void> {
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
    const socket = open(plan, material, session);
    let newest: Buffer | undefined;
    let received: Buffer | null = null;
    let done = false;
    const fail = (reason: string): void => {
      if (!done) tally.fail(reason);
      done = true;
      socket.destroy();
    };
    socket.setTimeout(OPERATION_LIMIT_MS, () => fail('timed out'));
    socket.on('session', (ticket: Buffer) => {
      newest = ticket;
    });
    socket.on('secureConnect', () => socket.write(material.request));
    socket.on('data', (chunk: Buffer) => {
      received = received === null ? chunk : Buffer.concat([received, chunk]);
      const length = answerLength(received, material.body);
      if (length === 0) return;
      if (length < 0 || length !== received.length) {
        fail(`wrong answer ${JSON.stringify(received.toString('latin1').slice(0, 200))}`);
        return;
      }
      done = true;
      if (counts) {
        tally.latenciesMs.push(performance.now() - started);
        if (socket.isSessionReused()) tally.resumed++;
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

function keepAliveLane(plan: LoadPlan, material: Material, tally: Tally): Promise<void> {
  return new Promise((resolve) => {
    const openLane = (): void => {
      const socket = open(plan, material, undefined);
      let started = 0;
      let received: Buffer | null = null;
      const ask = (): void => {
        started = performance.now();
        socket.write(material.request);
      };
      const end = (reason: string | null): void => {
        if (reason !== null) tally.fail(reason);
        socket.removeAllListeners('close');
        socket.destroy();
        if (tally.isOver()) resolve();
        else setTimeout(openLane, 10);
      };
      socket.setTimeout(OPERATION_LIMIT_MS, () => end('timed out'));
      socket.on('secureConnect', ask);
      socket.on('data', (chunk: Buffer) => {
        received = received === null ? chunk : Buffer.concat([received, chunk]);
        const length = answerLength(received, material.body);
        if (length === 0) return;
        if (length < 0 || length !== received.length) {
          end(`wrong answer ${JSON.stringify(received.toString('latin1').slice(0, 200))}`);
          return;
        }
        received = null;
        tally.latenciesMs.push(performance.now() - started);
        if (tally.isOver()) end(null);
        else ask();
      });
      socket.on('error', (error) => socket.emit('close', error.message));
      socket.on('close', (reason: unknown) =>
        end(typeof reason === 'string' ? reason : 'closed before the answer'),
      );
    };
    openLane();
  });
}

function open(plan: LoadPlan, { context }: Material, session: Buffer | undefined): TLSSocket {
  const socket = connect({
    host: '127.0.0.1',
    port: plan.port,
    servername: 'localhost',
    secureContext: context,
    ALPNProtocols: ['http/1.1'],
    ...(session === undefined ? {} : { session }),
  });
  socket.setNoDelay(true);
  return socket;
}

const STATUS_LINE = Buffer.from('HTTP/1.1 200 ');
const HEAD_END = Buffer.from('\r\n\r\n');

/** Bytes of the answer: 0 while it is incomplete, -1 where it is not the expected one. */
function answerLength(received: Buffer, body: Buffer): number {
  const head = received.indexOf(HEAD_END);
  if (head === -1) return 0;
  if (received.compare(STATUS_LINE, 0, STATUS_LINE.length, 0, STATUS_LINE.length) !== 0) return -1;
  const end = head + HEAD_END.length + body.length;
  if (received.length < end) return 0;
  return received.compare(body, 0, body.length, end - body.length, end) === 0 ? end : -1;
}
