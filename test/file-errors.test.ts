import { constants } from "node:os";
import { getSystemErrorMap } from "node:util";
import { describe, expect, test } from "vitest";
import { asOrcaError, OrcaError, unreadable, unwritable } from "../src/errors.ts";
import { fileTrouble } from "../src/file-errors.ts";

/** As Node makes them: libuv does not know all that there are. */
function errno(name: string, more: object = { syscall: "open", path: "/x/a.wav" }): Error {
  const number = (constants.errno as Readonly<Record<string, number>>)[name];
  const known = number === undefined || getSystemErrorMap().has(-number);
  const code = known ? name : `Unknown system error -${number}`;
  return Object.assign(new Error(`${code}: as libuv says it, open '/x/a.wav'`), {
    code,
    errno: -(number ?? 1),
    ...more,
  });
}

/** What a file system can give: errno(3) without what is of sockets, and Node's own. */
const OF_SOCKETS =
  /^E(CONN|PIPE|NOTSOCK|DESTADDR|MSGSIZE|PROTO|ADDR|NET|NOBUFS|ISCONN|AFNOSUPPORT|WOULDBLOCK|AGAIN|ALREADY|INPROGRESS)/;
const CODES = [
  ...Object.keys(constants.errno).filter((code) => !OF_SOCKETS.test(code) && !code.startsWith("WSA")),
  "EUNKNOWN",
];

describe("what a file system says", () => {
  test.each(CODES)("%s is a sentence, wherever it is thrown", (code) => {
    const error = asOrcaError(errno(code));
    expect(error.code).toBe("unreadable");
    expect(error.message).toMatch(/^\/x\/a\.wav cannot be used: .{6,}\.$/);
    expect(error.message).not.toContain("Unexpected failure");
    expect(unreadable(errno(code)).message).toMatch(/^It cannot be read: /);
    expect(unwritable("/out", errno(code))).toMatchObject({
      code: code === "ENAMETOOLONG" ? "name_too_long" : "unwritable",
      message: expect.stringContaining("/out"),
      hint: expect.any(String),
    });
  });

  test.each([
    ["ESTALE", "the network disk has lost it"],
    ["EDQUOT", "the user's share of the disk is used up"],
    ["EIDRM", `the system says E${constants.errno.EIDRM}`],
  ])("%s, which libuv does not know", (name, sentence) => {
    expect(errno(name).message).toMatch(/^Unknown system error -\d+: /);
    expect(unreadable(errno(name)).message).toBe(`It cannot be read: ${sentence}.`);
  });

  test("a folder of too long a name is the caller's own: nothing can be written there", () => {
    expect(unwritable("/out", errno("ENAMETOOLONG", { syscall: "mkdir", path: "/out" }))).toMatchObject({
      code: "unwritable",
      message: "/out cannot be written to: the name is too long for the disk.",
    });
  });

  test("an error of a stream has no path, and one of a library no call", () => {
    expect(asOrcaError(errno("EIO", { syscall: "read" })).message).toBe("A file cannot be used: the disk failed.");
    expect(asOrcaError(errno("ERR_FS_FILE_TOO_LARGE", {})).message).toContain("too large to be read at once");
  });

  test("errors of networks and of the program are none of these", () => {
    expect(fileTrouble(errno("ECONNREFUSED", { syscall: "connect" }))).toBeUndefined();
    expect(fileTrouble(errno("EACCES", { syscall: "listen" }))).toBeUndefined();
    expect(fileTrouble(errno("EPIPE", { syscall: "write" }))).toBeUndefined();
    expect(fileTrouble(new TypeError("x is not a function"))).toBeUndefined();
    expect(asOrcaError(new TypeError("x")).message).toBe("Unexpected failure: x");
    const own = new OrcaError("not_audio", "text");
    expect([unwritable("/out", own), unreadable(own)]).toEqual([own, own]);
  });
});
