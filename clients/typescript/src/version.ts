/** The version of this client; it works with any gateway of the same major version. */
export const VERSION = "0.7.0";
