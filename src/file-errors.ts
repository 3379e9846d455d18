/** What a file system says when it cannot do something, in words. */

/** errno(3), as Node names them; what a disk, a network disk or a permission can lead to. */
const SENTENCES: Readonly<Record<string, string>> = {
  EACCES: "permission is denied",
  EPERM: "that is not permitted",
  ENOENT: "there is no such file or folder",
  ENOTDIR: "a part of the path is no folder",
  EISDIR: "it is a folder",
  ENOTEMPTY: "the folder is not empty",
  EEXIST: "it is there already",
  ENOSPC: "the disk is full",
  EDQUOT: "the user's share of the disk is used up",
  EFBIG: "the file would be larger than the disk takes",
  EROFS: "the disk can only be read",
  ENAMETOOLONG: "the name is too long for the disk",
  EILSEQ: "the disk does not take such a name",
  EINVAL: "the disk does not take such a name or file",
  ELOOP: "its links lead in a circle",
  EMLINK: "it has too many links",
  EXDEV: "it lies on another disk",
  EMFILE: "too many files are open in this process",
  ENFILE: "too many files are open on this machine",
  EBUSY: "it is in use",
  ETXTBSY: "it is a program that runs",
  EIO: "the disk failed",
  ENXIO: "the disk is gone",
  ENODEV: "the disk is gone",
  ENOMEDIUM: "there is no medium in the drive",
  ENOTCONN: "the network disk is gone",
  EHOSTDOWN: "the network disk is gone",
  EHOSTUNREACH: "the network disk is gone",
  ESTALE: "the network disk has lost it",
  EUCLEAN: "the disk's file system is damaged",
  ETIMEDOUT: "the network disk did not answer",
  EREMOTEIO: "the network disk failed",
  ENOLCK: "the network disk has no locks",
  ENOTSUP: "the disk cannot do that",
  EOPNOTSUPP: "the disk cannot do that",
  ENOSYS: "the disk cannot do that",
  EOVERFLOW: "the file is larger than this system takes",
  ENOMEM: "memory has run out",
  ERR_FS_FILE_TOO_LARGE: "the file is too large to be read at once",
};

/**
 * Numbers that libuv has no name for (uv.h, UV_ERRNO_MAP): Node's code is then `Unknown system error -116`. Linux's, and
 * macOS's where they are others.
 */
const NUMBERS: Readonly<Record<string, string>> = {
  37: "ENOLCK",
  77: "ENOLCK",
  116: "ESTALE",
  70: "ESTALE",
  117: "EUCLEAN",
  122: "EDQUOT",
  69: "EDQUOT",
  123: "ENOMEDIUM",
};
const UNNAMED = /^Unknown system error -(\d+)$/;

/** Calls of the system that are of a network, and whose errors are no file's. */
const OF_NETWORKS = new Set(["connect", "getaddrinfo", "listen", "bind", "accept", "send", "recv", "shutdown"]);
/** Errors of connections, which calls that files have too may give. */
const OF_CONNECTIONS = new Set(["EPIPE", "ECONNRESET", "ECONNABORTED", "ECONNREFUSED"]);

/** What went wrong with a file. */
export interface FileTrouble {
  /** errno's name: EACCES, ENOSPC, … */
  readonly code: string;
  /** A clause without its subject and without a point: `the disk is full`. */
  readonly sentence: string;
  /** The file, where the error says it. */
  readonly path: string | undefined;
  /** Whether a folder was to be made. */
  readonly ofFolder: boolean;
}

/** What a file system's error says; undefined for any other that was thrown. */
export function fileTrouble(thrown: unknown): FileTrouble | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const { code: said, syscall, path } = thrown as Error & { code?: unknown; syscall?: unknown; path?: unknown };
  if (typeof said !== "string") return undefined;
  const number = UNNAMED.exec(said)?.[1];
  const code = number === undefined ? said : (NUMBERS[number] ?? `E${number}`);
  if (OF_CONNECTIONS.has(code)) return undefined;
  const known = SENTENCES[code];
  const ofFile =
    typeof syscall === "string" ? /^E[A-Z0-9]+$/.test(code) && !OF_NETWORKS.has(syscall) : known !== undefined;
  if (!ofFile) return undefined;
  return {
    code,
    sentence: known ?? `the system says ${code}`,
    path: typeof path === "string" ? path : undefined,
    ofFolder: syscall === "mkdir",
  };
}
