// The service as both sides know it. With protobuf this would be generated; here messages are JSON.

export interface Count {
  readonly item: string;
  readonly count?: number;
  readonly caller?: string;
}

const serialize = (message: Count): Buffer => Buffer.from(JSON.stringify(message));
const deserialize = (bytes: Buffer): Count => JSON.parse(bytes.toString()) as Count;

function method(name: string, responseStream: boolean) {
  return {
    path: `/stock.Stock/${name}`,
    requestStream: false,
    responseStream,
    requestSerialize: serialize,
    requestDeserialize: deserialize,
    responseSerialize: serialize,
    responseDeserialize: deserialize,
  };
}

export const stock = {
  Get: method('Get', false),
  Set: method('Set', false),
  /** Counts down to nothing. */
  Watch: method('Watch', true),
};
