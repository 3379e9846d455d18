/** Runs single stages in workerd: GET /STAGE?seconds=N. Time is taken outside, by the request's length. */
import kernelModule from "../build/kernels.wasm";
import { runStage, STAGES } from "./stages.ts";

export default {
  fetch(request: Request): Response {
    const { pathname, searchParams } = new URL(request.url);
    const stage = STAGES.find((name) => pathname === `/${name}`);
    if (stage === undefined) return new Response("0");
    return new Response(String(runStage(stage, kernelModule, Number(searchParams.get("seconds")))));
  },
};
