/** Equal to `version` of package.json; a test keeps them together. Reading the file would tie us to a folder layout. */
export const VERSION = '0.1.0';
