/** Files that browsers may fetch from anywhere and in parts: bundles of the projector. */
export { type BundleStore, bundleResponse } from "./bundle-host.ts";
export { BUNDLE_METHODS, type StoredFile } from "./file-response.ts";
export { type BundleBucket, type BundleFetcher, bucketBundles, fetcherBundles } from "./stores.ts";
