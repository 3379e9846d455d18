import { expect, test } from "vitest";
import { basicAuthorization } from "../src/basic-authorization.ts";

test.each([
  ["https://u:a%40b@host/x", "u:a@b"],
  // No escape: it stands for itself.
  ["https://u:50%@host/x", "u:50%"],
  ["https://ü:ß@host/x", "ü:ß"],
])("%s is sent as %s", (address, sent) => {
  const [kind, coded] = basicAuthorization(new URL(address)).split(" ");
  expect(kind).toBe("Basic");
  expect(Buffer.from(coded ?? "", "base64").toString("utf8")).toBe(sent);
});
