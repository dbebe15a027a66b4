/** The address of a socket's end; of an IPv4 peer of a socket for both families as what it is. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}
