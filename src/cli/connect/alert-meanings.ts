/** What an alert of the server's means to a client, in one line. Null: it says no more than its name. */
export function alertMeaning(description: number): string | null {
  return MEANINGS.get(description) ?? null;
}

/** Alerts that are about the certificate that the client showed. */
export const CERTIFICATE_ALERTS: ReadonlySet<number> = new Set([42, 43, 44, 45, 46, 48, 49, 51]);

const MEANINGS: ReadonlyMap<number, string> = new Map([
  [0, 'the server closed the connection in good order'],
  [10, 'the server did not expect this message; it may speak TLS in another way'],
  [20, 'the server could not decrypt what it was sent; something on the way may change the bytes'],
  [22, 'the server was sent a record that is too long'],
  [40, 'the server found no version, cipher suite or group in common, or misses a certificate'],
  [42, "the client's certificate is damaged, or its signature is wrong"],
  [43, "the client's certificate is of a kind that the server does not take"],
  [44, "the client's certificate was revoked"],
  [45, "the client's certificate has expired, or is not valid yet, by the server's clock"],
  [46, "the server does not take the client's certificate, for a reason of its own"],
  [47, 'the server found a value in the handshake that does not go with the others'],
  [48, "the server does not trust the CA that issued the client's certificate"],
  [49, "the client's certificate is good, and its owner is not allowed in"],
  [50, 'the server could not read a message'],
  [51, 'a signature in the handshake does not verify; key and certificate may not belong together'],
  [70, 'the server speaks none of the TLS versions that were offered'],
  [71, 'the server asks for stronger cipher suites or keys'],
  [80, 'the server failed for a reason of its own; its log has more'],
  [86, 'the server takes this for a downgraded connection'],
  [90, 'somebody at the server broke the handshake off'],
  [109, 'the server misses an extension in the ClientHello'],
  [110, 'the server was sent an extension that it did not ask for'],
  [112, 'the server has no certificate for this server name'],
  [115, 'the server does not know the key that the client offered to go on with'],
  [116, 'the server requires a client certificate, and none was shown'],
  [120, 'the server speaks none of the application protocols that were offered by ALPN'],
]);
