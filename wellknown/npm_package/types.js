// Rendered from the OpenAPI document by generate.mjs, not written by hand.
export {};
