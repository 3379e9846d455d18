import { hasRelaxedSimd } from "../../src/nn/module.ts";

/** Keeps the page's files, so that it works without a network after the first visit. Models are kept by the page itself. */
declare const FILES: readonly string[];
declare const VERSION: string;

interface Extendable extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetching extends Event {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}
const scope = self as unknown as {
  skipWaiting(): Promise<void>;
  readonly clients: { claim(): Promise<void> };
  addEventListener(kind: "install" | "activate", listener: (event: Extendable) => void): void;
  addEventListener(kind: "fetch", listener: (event: Fetching) => void): void;
};

const PREFIX = "orca-page-";
const CACHE = PREFIX + VERSION;

/** Of the two builds of the nets' kernels a browser runs one; the other is kept when it is asked for. */
const FIRST = FILES.filter((file) => !(hasRelaxedSimd() && /\/nn-simd-/.test(file)));

scope.addEventListener("install", (event) => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(CACHE);
      await cache.addAll(FIRST.map((file) => new Request(file, { cache: "reload" })));
      await scope.skipWaiting();
    })(),
  );
});

scope.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      const old = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE);
      await Promise.all(old.map((name) => caches.delete(name)));
      await scope.clients.claim();
    })(),
  );
});

scope.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || new URL(request.url).origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(newest(request));
  else event.respondWith(kept(request));
});

/** The page itself: the network's, so that a new version comes; what is kept where there is none, or the host has a fault. */
async function newest(request: Request): Promise<Response> {
  const fresh = await fetch(request).catch(() => undefined);
  if (fresh?.ok === true) return fresh;
  return (await (await caches.open(CACHE)).match("./")) ?? fresh ?? Response.error();
}

async function kept(request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  const before = await cache.match(request);
  if (before !== undefined) return before;
  const fresh = await fetch(request);
  if (fresh.ok && FILES.some((file) => request.url.endsWith(file))) await cache.put(request, fresh.clone());
  return fresh;
}
