/**
 * Everything comes from this origin; blob: is the reader's own recording and what he exports. Nothing is evaluated, framed
 * or sent elsewhere.
 */
export const PAGE_POLICY: readonly string[] = [
  "default-src 'none'",
  // WebAssembly may be compiled (the decoders, the kernels); text is still never evaluated.
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "media-src 'self' blob:",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
];
