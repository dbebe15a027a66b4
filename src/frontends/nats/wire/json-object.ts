/** A JSON object that was read from a protocol line. */
export type JsonObject = Record<string, unknown>;

/** Reads a JSON object; null where the bytes are none. */
export function readObject(json: Uint8Array): JsonObject | null {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(json.buffer, json.byteOffset, json.length).toString('utf8'));
  } catch {
    return null;
  }
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : null;
}
