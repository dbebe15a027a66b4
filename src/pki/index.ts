export { der } from './der-writer.ts';
export { type BitString, DerError, type DerErrorCode, DerReader, readDer } from './der.ts';
