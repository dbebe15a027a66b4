/**
 * What a client address counts as where connections are counted by address: an IPv4 address itself,
 * also one that is written as IPv6, and an IPv6 address's /64, as one subscriber has that much.
 */
export function clientNetwork(address: string): string {
  if (!address.includes(':')) return address;
  const zone = address.indexOf('%');
  const plain = zone < 0 ? address : address.slice(0, zone);
  if (plain.includes('.')) return plain.slice(plain.lastIndexOf(':') + 1);
  const gap = plain.indexOf('::');
  const head = (gap < 0 ? plain : plain.slice(0, gap)).split(':');
  const tail = gap < 0 ? [] : plain.slice(gap + 2).split(':');
  const groups: string[] = [];
  for (let at = 0; at < 4; at++) {
    const fromTail = at - (8 - tail.length);
    groups.push((gap >= 0 && fromTail >= 0 ? tail[fromTail] : head[at]) || '0');
  }
  return `${groups.join(':')}::/64`;
}
