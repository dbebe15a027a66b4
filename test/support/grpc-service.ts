// A service of gRPC with every kind of call, and clients of it. Messages are JSON: no generated code.
import * as grpc from '@grpc/grpc-js';

/** What a call says and hears. */
export type Message = Readonly<Record<string, unknown>>;

const serialize = (message: Message): Buffer => Buffer.from(JSON.stringify(message));
const deserialize = (bytes: Buffer): Message => JSON.parse(bytes.toString()) as Message;

function method(name: string, requestStream: boolean, responseStream: boolean) {
  return {
    path: `/test.Chat/${name}`,
    requestStream,
    responseStream,
    requestSerialize: serialize,
    requestDeserialize: deserialize,
    responseSerialize: serialize,
    responseDeserialize: deserialize,
  };
}

const DEFINITION = {
  /** Answers with what was said and the metadata that came with it; trailers say that it is done. */
  Say: method('Say', false, false),
  /** Adds up what comes. */
  Sum: method('Sum', true, false),
  /** Counts to `to`. */
  Count: method('Count', false, true),
  /** Answers each message by itself; with `after`, that many milliseconds later; `quit` ends it with ABORTED. */
  Talk: method('Talk', true, true),
  /** Never answers. */
  Wait: method('Wait', false, false),
};

export interface GrpcService {
  readonly port: number;
  /** Calls that were cancelled before they were answered. */
  readonly cancelled: () => number;
  /** Streams of Talk that are open. */
  readonly talking: () => number;
  /** Cuts every connection. */
  stop(): void;
}

/** Listens on a free port of 127.0.0.1. Default credentials: none, HTTP/2 in plain. */
export async function startGrpcService(
  t: { after(hook: () => void): void },
  credentials = grpc.ServerCredentials.createInsecure(),
): Promise<GrpcService> {
  let cancelled = 0;
  let talking = 0;
  const server = new grpc.Server({ 'grpc.max_concurrent_streams': 4000 });
  const say: grpc.handleUnaryCall<Message, Message> = (call, done) => {
    if (call.request['fail'] !== undefined) {
      done({ code: grpc.status.FAILED_PRECONDITION, details: 'asked to fail: ü' });
      return;
    }
    const trailer = new grpc.Metadata();
    trailer.set('x-done', 'yes');
    done(null, { said: call.request['text'], metadata: call.metadata.getMap() }, trailer);
  };
  const sum: grpc.handleClientStreamingCall<Message, Message> = (call, done) => {
    let total = 0;
    call.on('data', (message: Message) => (total += Number(message['n'])));
    call.on('end', () => done(null, { total }));
  };
  const count: grpc.handleServerStreamingCall<Message, Message> = (call) => {
    for (let n = 1; n <= Number(call.request['to']); n++) call.write({ n });
    call.end();
  };
  const talk: grpc.handleBidiStreamingCall<Message, Message> = (call) => {
    talking++;
    call.on('close', () => talking--);
    call.on('cancelled', () => cancelled++);
    call.on('error', () => {});
    call.on('data', (message: Message) => {
      if (message['quit'] !== undefined) {
        call.emit('error', { code: grpc.status.ABORTED, details: 'enough' });
        return;
      }
      const answer = (): boolean => call.write({ heard: message['text'] });
      if (message['after'] === undefined) answer();
      else setTimeout(answer, Number(message['after']));
    });
    call.on('end', () => call.end());
  };
  const wait: grpc.handleUnaryCall<Message, Message> = (call) => {
    call.on('cancelled', () => cancelled++);
  };
  server.addService(DEFINITION, { Say: say, Sum: sum, Count: count, Talk: talk, Wait: wait });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', credentials, (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  const stop = (): void => server.forceShutdown();
  t.after(stop);
  return { port, cancelled: () => cancelled, talking: () => talking, stop };
}

/** A client of one connection. */
export class GrpcClient {
  readonly #client: grpc.Client;

  constructor(
    address: string,
    credentials = grpc.credentials.createInsecure(),
    options: grpc.ChannelOptions = {},
  ) {
    this.#client = new grpc.Client(address, credentials, {
      'grpc.use_local_subchannel_pool': 1,
      ...options,
    });
  }

  /** A call of one message and one answer, with the trailers of its status. */
  unary(
    path: string,
    message: Message,
    metadata: Readonly<Record<string, string>> = {},
    options: grpc.CallOptions = {},
  ): Promise<{ readonly answer: Message; readonly trailers: Message }> {
    const sent = new grpc.Metadata();
    for (const [name, value] of Object.entries(metadata)) sent.set(name, value);
    return new Promise((resolve, reject) => {
      let answer: Message = {};
      const call = this.#client.makeUnaryRequest(
        path,
        serialize,
        deserialize,
        message,
        sent,
        options,
        (error, value) => {
          if (error !== null) reject(error);
          else answer = value ?? {};
        },
      );
      call.on('status', ({ metadata: trailers }: grpc.StatusObject) =>
        setImmediate(() => resolve({ answer, trailers: trailers.getMap() })),
      );
    });
  }

  /** The status code of a call that fails; 0: it does not. */
  async status(path: string, message: Message = {}, options?: grpc.CallOptions): Promise<number> {
    try {
      await this.unary(path, message, {}, options);
      return grpc.status.OK;
    } catch (error) {
      return (error as grpc.ServiceError).code;
    }
  }

  sum(numbers: readonly number[]): Promise<Message> {
    return new Promise((resolve, reject) => {
      const call = this.#client.makeClientStreamRequest<Message, Message>(
        '/test.Chat/Sum',
        serialize,
        deserialize,
        (error, value) => {
          if (error !== null) reject(error);
          else resolve(value ?? {});
        },
      );
      for (const n of numbers) call.write({ n });
      call.end();
    });
  }

  count(to: number): grpc.ClientReadableStream<Message> {
    return this.#client.makeServerStreamRequest('/test.Chat/Count', serialize, deserialize, { to });
  }

  talk(): grpc.ClientDuplexStream<Message, Message> {
    return this.#client.makeBidiStreamRequest('/test.Chat/Talk', serialize, deserialize);
  }

  close(): void {
    this.#client.close();
  }
}
