/** A Worker's bundler makes a module of an imported .wasm file; esbuild with --loader:.wasm=file makes its address. */
declare module "orca-embeddings/*.wasm" {
  const module: WebAssembly.Module & string;
  export default module;
}
