import { render } from "preact";
import { App } from "./components/app.tsx";
import { Session } from "./session/session.ts";

render(<App session={new Session()} />, document.getElementById("app") as HTMLElement);
