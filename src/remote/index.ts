/** Recordings and results that lie elsewhere: objects of buckets (the S3 protocol) and files on the web, read as streams. */
export { type Address, isRemote, type Place, placeOf, placeText } from "./addresses.ts";
export { type Credentials, credentialsFrom, RemoteClient, type RemoteSettings } from "./client.ts";
export { describeFile } from "./files.ts";
export { type ListedPage, listPages } from "./listing.ts";
export type { RemoteObject } from "./objects.ts";
export { objectAccess, objectBytes, partsBytes } from "./reading.ts";
export { deleteObject, putObject, readObject } from "./writing.ts";
