import type { BodyReader } from './body-reader.ts';

/** The properties of MQTT 5 (section 2.2.2.2) that packets of clients have and that matter here. */
export const PROPERTY = {
  payloadFormat: 0x01,
  messageExpiry: 0x02,
  contentType: 0x03,
  responseTopic: 0x08,
  correlationData: 0x09,
  subscriptionIdentifier: 0x0b,
  sessionExpiry: 0x11,
  authenticationMethod: 0x15,
  authenticationData: 0x16,
  requestProblemInformation: 0x17,
  willDelay: 0x18,
  requestResponseInformation: 0x19,
  receiveMaximum: 0x21,
  topicAliasMaximum: 0x22,
  topicAlias: 0x23,
  userProperty: 0x26,
  maximumPacketSize: 0x27,
} as const;

type Kind =
  | 'flag'
  | 'number16'
  | 'positive16'
  | 'number32'
  | 'positive32'
  | 'size'
  | 'text'
  | 'binary'
  | 'pair'
  | 'topic';

/** What a property's value is, by the packets that may have it. */
type Table = ReadonlyMap<number, Kind>;

export const CONNECT_PROPERTIES: Table = new Map<number, Kind>([
  [PROPERTY.sessionExpiry, 'number32'],
  [PROPERTY.receiveMaximum, 'positive16'],
  [PROPERTY.maximumPacketSize, 'positive32'],
  [PROPERTY.topicAliasMaximum, 'number16'],
  [PROPERTY.requestResponseInformation, 'flag'],
  [PROPERTY.requestProblemInformation, 'flag'],
  [PROPERTY.userProperty, 'pair'],
  [PROPERTY.authenticationMethod, 'text'],
  [PROPERTY.authenticationData, 'binary'],
]);

const MESSAGE: readonly (readonly [number, Kind])[] = [
  [PROPERTY.payloadFormat, 'flag'],
  [PROPERTY.messageExpiry, 'number32'],
  [PROPERTY.contentType, 'text'],
  [PROPERTY.responseTopic, 'topic'],
  [PROPERTY.correlationData, 'binary'],
  [PROPERTY.userProperty, 'pair'],
];

export const WILL_PROPERTIES: Table = new Map([...MESSAGE, [PROPERTY.willDelay, 'number32']]);

export const PUBLISH_PROPERTIES: Table = new Map([...MESSAGE, [PROPERTY.topicAlias, 'positive16']]);

export const SUBSCRIBE_PROPERTIES: Table = new Map<number, Kind>([
  [PROPERTY.subscriptionIdentifier, 'size'],
  [PROPERTY.userProperty, 'pair'],
]);

/** Properties that were read. */
export interface Properties {
  /** Everything, without the length before it. */
  readonly bytes: Buffer;
  /** Values of those that are numbers, by property. */
  readonly numbers: ReadonlyMap<number, number>;
  /** Where each property stands in `bytes`, user properties aside: offset and length. */
  readonly places: ReadonlyMap<number, readonly [number, number]>;
}

/** Reads a length and as many bytes of properties; each but the user property may stand once. */
export function readProperties(body: BodyReader, table: Table): Properties {
  const length = body.size();
  const from = body.at;
  const part = body.part(length);
  const numbers = new Map<number, number>();
  const places = new Map<number, readonly [number, number]>();
  while (!part.isAtEnd && !part.isMalformed) {
    const at = part.at;
    const id = part.size();
    const kind = table.get(id);
    if (kind === undefined || places.has(id)) {
      part.fail();
      break;
    }
    const value = readValue(part, kind);
    if (value !== null) numbers.set(id, value);
    if (kind !== 'pair') places.set(id, [at - from, part.at - at]);
  }
  if (part.isMalformed) body.fail();
  return { bytes: body.isMalformed ? NOTHING : body.since(from), numbers, places };
}

/** A number's value; null: it is none. */
function readValue(body: BodyReader, kind: Kind): number | null {
  switch (kind) {
    case 'flag':
      return checked(body, body.byte(), 0, 1);
    case 'number16':
      return body.number16();
    case 'positive16':
      return checked(body, body.number16(), 1, 0xffff);
    case 'number32':
      return body.number32();
    case 'positive32':
      return checked(body, body.number32(), 1, 0xffff_ffff);
    case 'size':
      return checked(body, body.size(), 1, 0x0fff_ffff);
    case 'topic':
      if (body.text().some(isWildcard)) body.fail();
      return null;
    case 'text':
      body.text();
      return null;
    case 'binary':
      body.binary();
      return null;
    case 'pair':
      body.text();
      body.text();
      return null;
  }
}

function checked(body: BodyReader, value: number, least: number, most: number): number {
  if (value < least || value > most) body.fail();
  return value;
}

function isWildcard(byte: number): boolean {
  return byte === 0x2b || byte === 0x23;
}

const NOTHING = Buffer.alloc(0);
