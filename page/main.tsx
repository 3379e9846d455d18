import { render } from "preact";
import { App } from "./components/app.tsx";
import { openLinked } from "./session/opening.ts";
import { Session } from "./session/session.ts";
import { View } from "./session/view.ts";

const view = new View(new Session());
void openLinked(view, new URLSearchParams(location.search));
render(<App view={view} />, document.getElementById("app") as HTMLElement);

declare const HAS_SERVER: boolean;
// A static site works without a network after the first visit; behind a server the server's own rules hold.
if (!HAS_SERVER && "serviceWorker" in navigator) void navigator.serviceWorker.register("service-worker.js");
