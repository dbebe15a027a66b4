import type { RequestHead, ResponseHead } from './exchange.ts';

/** Status codes of gRPC, those that a gateway answers with. */
export const GRPC_STATUS = {
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  permissionDenied: 7,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/** Whether a request is a call of gRPC, or of gRPC-Web: both are told by their content type. */
export function isGrpc({ method, fields }: Pick<RequestHead, 'method' | 'fields'>): boolean {
  return method === 'POST' && CONTENT_TYPE.test(fields);
}

const CONTENT_TYPE = /(?:^|\n)content-type:[ \t]*(application\/grpc(?:-web(?:-text)?)?)(?=[+;\s])/i;

/** What a status of HTTP is in gRPC. */
export function grpcStatusOf(status: number): number {
  return BY_HTTP_STATUS[status] ?? GRPC_STATUS.unknown;
}

const BY_HTTP_STATUS: Readonly<Record<number, number>> = {
  400: GRPC_STATUS.invalidArgument,
  403: GRPC_STATUS.permissionDenied,
  404: GRPC_STATUS.unimplemented,
  408: GRPC_STATUS.deadlineExceeded,
  413: GRPC_STATUS.resourceExhausted,
  421: GRPC_STATUS.unavailable,
  431: GRPC_STATUS.resourceExhausted,
  500: GRPC_STATUS.internal,
  502: GRPC_STATUS.unavailable,
  503: GRPC_STATUS.unavailable,
  504: GRPC_STATUS.unavailable,
};

/**
 * A refusal of a call: an answer that is all head ("Trailers-Only" in gRPC's protocol), HTTP 200 with the
 * status and a message for the client, in which `handshakeId` finds the connection again.
 */
export function grpcRefusal(
  { fields }: Pick<RequestHead, 'fields'>,
  status: number,
  detail: string,
  handshakeId: string,
): ResponseHead {
  const type = (CONTENT_TYPE.exec(fields)?.[1] ?? 'application/grpc').toLowerCase();
  return {
    status: 200,
    reason: 'OK',
    fields: `content-type: ${type}\r\n${statusFields(status, `${detail} (${handshakeId})`)}`,
    body: { kind: 'length', length: 0 },
  };
}

/** Status and message as fields, for a head or for trailers. */
export function statusFields(status: number, message: string): string {
  return `grpc-status: ${status}\r\ngrpc-message: ${escaped(message)}\r\n`;
}

/** Percent-encoded but for printable ASCII. */
function escaped(message: string): string {
  return [...Buffer.from(message)]
    .map((byte) =>
      byte >= 0x20 && byte <= 0x7e && byte !== PERCENT
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    )
    .join('');
}

const PERCENT = 0x25;
