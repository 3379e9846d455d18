import { render } from "preact";
import type { OpenApi } from "./openapi.ts";
import { Reference } from "./reference.tsx";

const app = document.getElementById("app") as HTMLElement;
const response = await fetch("openapi.json");
if (response.ok) render(<Reference document={(await response.json()) as OpenApi} />, app);
else app.textContent = `The server answered ${response.status} for /openapi.json.`;
