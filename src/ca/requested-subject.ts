import { type Name, NameError, parseName } from '../pki/name.ts';
import { textAttribute } from '../pki/name-der.ts';
import { attributeShortName, OID } from '../pki/oids.ts';
import { InvalidNameError, quote } from './invalid-name.ts';

/** Most characters of a value (RFC 5280 appendix A.1); other types have no bound worth checking. */
const upperBounds = new Map<string, number>([
  [OID.commonName, 64],
  [OID.organization, 64],
  [OID.organizationalUnit, 64],
  [OID.title, 64],
  [OID.serialNumber, 64],
  [OID.locality, 128],
  [OID.state, 128],
  [OID.emailAddress, 255],
]);

/** The subject that RFC 4514 text stands for, most specific RDN first: `CN=a,OU=b`. Throws InvalidNameError. */
export function subjectFromText(text: string): Name {
  let name: Name;
  try {
    name = parseName(text);
  } catch (error) {
    if (!(error instanceof NameError)) throw error;
    throw new InvalidNameError('subject', text, `${error.message}; write it like CN=alice,OU=ops`);
  }
  const problem =
    name.length === 0 ? 'it is empty; write it like CN=alice,OU=ops' : boundsProblem(name);
  if (problem !== null) throw new InvalidNameError('subject', text, problem);
  return name;
}

/** The subject `CN=text`. Throws InvalidNameError for what is empty or longer than 64 characters. */
export function subjectOf(commonName: string): Name {
  if (!commonName.isWellFormed()) {
    throw new InvalidNameError('subject', commonName, 'it is not well-formed Unicode');
  }
  const name = [[textAttribute(OID.commonName, commonName)]];
  const problem = boundsProblem(name);
  if (problem !== null) throw new InvalidNameError('subject', commonName, problem);
  return name;
}

/** Whether `CN=text` is a subject that may be issued. */
export function fitsCommonName(text: string): boolean {
  return text.isWellFormed() && boundsProblem([[textAttribute(OID.commonName, text)]]) === null;
}

function boundsProblem(name: Name): string | null {
  for (const { type, value } of name.flat()) {
    const label = attributeShortName(type) ?? type;
    const length = Array.from(value).length;
    if (length === 0) return `${label} is empty; leave it out or give it a value`;
    const bound = upperBounds.get(type);
    if (bound !== undefined && length > bound) {
      return `${label}=${quote(value)} has ${length} characters where ${bound} are allowed; choose a shorter one`;
    }
    if (type === OID.country && !/^[A-Za-z]{2}$/.test(value)) {
      return `C=${quote(value)} must be a country code of two letters`;
    }
  }
  return null;
}
