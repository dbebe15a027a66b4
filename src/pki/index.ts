export { der } from './der-writer.ts';
export { type BitString, DerError, type DerErrorCode, DerReader, readDer } from './der.ts';
export {
  type Attribute,
  type Name,
  NameError,
  type NameErrorCode,
  parseName,
  printName,
  printNameForHeader,
  type RDN,
} from './name.ts';
export { decodeName, encodeName, textAttribute } from './name-der.ts';
export { attributeShortName, attributeTypeByName, OID } from './oids.ts';
