/** An error as nats-server writes it to a client. */
export function errorLine(text: string): Buffer {
  return Buffer.from(`-ERR '${text}'\r\n`);
}
