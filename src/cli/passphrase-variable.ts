/** The environment variable that holds the passphrase of the authority's keys. */
export const PASSPHRASE_VARIABLE = 'COUNTERSIGN_CA_PASSPHRASE';
