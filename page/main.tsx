import { render } from "preact";
import { App } from "./components/app.tsx";
import { openLinked } from "./session/opening.ts";
import { Session } from "./session/session.ts";

const session = new Session();
const config = new URLSearchParams(location.search).get("config");
if (config !== null) void openLinked(session, config);
render(<App session={session} />, document.getElementById("app") as HTMLElement);

declare const HAS_SERVER: boolean;
// A static site works without a network after the first visit; behind a server the server's own rules hold.
if (!HAS_SERVER && "serviceWorker" in navigator) void navigator.serviceWorker.register("service-worker.js");
